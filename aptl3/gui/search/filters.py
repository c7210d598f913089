"""What shall be left out of all answers: a line of filters under the search field."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from PyQt5.QtCore import QSize, QStringListModel, Qt, pyqtSignal
from PyQt5.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QLabel, QLineEdit, QStyledItemDelegate, QWidget

from aptl3.gui.controls import combo_box, describe, push_button, show_as
from aptl3.gui.search.days import first_day, last_day, text_of
from aptl3.records.browsing import Filters

_TYPES = ("image", "text", "any")


class FilterLine(QWidget):
    """Type, folder and days.

    Signals: ``changed(Filters)``: others are wanted. ``opened()``: it is shown, and folders may be offered.
    """

    changed = pyqtSignal(object)
    opened = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filters = Filters()
        self.type = combo_box()
        self.type.addItems([self.tr("Pictures"), self.tr("Texts"), self.tr("Both")])
        self.folder, self._folders = _folder_box()
        self.since, self.until = QLineEdit(), QLineEdit()
        for one in (self.since, self.until):
            one.setPlaceholderText(self.tr("any day"))
            one.setFixedWidth(92)
        self._clear = push_button(self.tr("&Clear"), "Alt+C", self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        days = self.tr("as 2019, 2019-05 or 2019-05-03")
        for text, name, key, widget in (
            (self.tr("&Type"), self.tr("Which type is shown"), "Alt+T", self.type),
            (self.tr("F&older"), self.tr("Only what lies in or below this folder"), "Alt+O", self.folder),
            (self.tr("Fro&m"), self.tr("Only from this day on") + ", " + days, "Alt+M", self.since),
            (self.tr("&Until"), self.tr("Only until this day") + ", " + days, "Alt+U", self.until),
        ):
            describe(widget, name, key)
            title = QLabel(text)
            title.setProperty("role", "quiet")
            title.setBuddy(widget)
            title.setContentsMargins(0, 0, 2, 0)  # else a last letter is cut: room is counted without the mnemonic
            row.addWidget(title)
            row.addWidget(widget, 1 if widget is self.folder else 0)
            row.addSpacing(4)
        row.addWidget(self._clear)
        describe(self._line, self.folder.accessibleName(), "Alt+O")
        self._connect()
        self.show_filters(self.filters)

    def _connect(self) -> None:
        self.type.activated.connect(lambda _: self._read())
        self.folder.activated.connect(lambda _: self._read())
        for one in (self._line, self.since, self.until):
            one.editingFinished.connect(self._read)
        for one in (self._line, self.since, self.until):
            one.textChanged.connect(lambda _: self._mark())

    @property
    def _line(self) -> QLineEdit:
        line = self.folder.lineEdit()
        assert line is not None
        return line

    def show_filters(self, filters: Filters) -> None:
        """These are in force."""
        self.filters = filters
        self.type.setCurrentIndex(_TYPES.index(filters.modality))
        self._line.setText(filters.folder or "")
        self._line.setCursorPosition(0)
        self.since.setText(text_of(filters.since))
        self.until.setText(text_of(filters.until, last=True))
        self._mark()

    def offer_folders(self, folders: Sequence[str]) -> None:
        """Those in which something lies."""
        if folders != self._folders.stringList():
            text = self._line.text()
            self._folders.setStringList(list(folders))
            self._line.setText(text)

    def clear(self) -> None:
        """Everything is shown again; what was typed and makes no sense is gone, too."""
        if self.filters == Filters():
            self.show_filters(self.filters)
        self._take(Filters())

    def take_keyboard(self) -> None:
        self.type.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self.opened.emit()

    def _read(self) -> None:
        """What the controls say; a day that makes no sense counts as none, and is marked."""
        folder = os.path.expanduser(self._line.text().strip())
        self._take(
            replace(
                self.filters,
                modality=_TYPES[self.type.currentIndex()],
                folder=os.path.normpath(folder) if folder else None,
                since=first_day(self.since.text()),
                until=last_day(self.until.text()),
            )
        )

    def _take(self, filters: Filters) -> None:
        if filters != self.filters:
            self.show_filters(filters)
            self.changed.emit(filters)

    def _mark(self) -> None:
        """What makes no sense as a day; and whether there is something to be cleared."""
        typed = any(one.text().strip() for one in (self._line, self.since, self.until))
        self._clear.setEnabled(typed or self.filters != Filters())
        for one in (self.since, self.until):
            show_as(one, "wrong", bool(one.text().strip()) and first_day(one.text()) is None)


def _folder_box() -> tuple[QComboBox, QStringListModel]:
    """A box in which a part of a folder's name finds it."""
    box = combo_box()
    names = QStringListModel(box)
    box.setModel(names)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setMinimumContentsLength(8)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMaxVisibleItems(16)
    box.setIconSize(QSize(1, 1))
    completer = QCompleter(names, box)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    completer.setMaxVisibleItems(16)
    box.setCompleter(completer)
    offers = completer.popup()
    assert offers is not None
    offers.setObjectName("Offers")  # they look like the box's own
    offers.setItemDelegate(QStyledItemDelegate(offers))
    line = box.lineEdit()
    assert line is not None
    line.setPlaceholderText(box.tr("everywhere"))
    return box, names


def with_parents(folders: Sequence[str]) -> list[str]:
    """Folders and those that they lie in, down from the first one that holds all of them, in order. Pure."""
    if not folders:
        return []
    try:
        top = os.path.commonpath(folders)
    except ValueError:  # on several drives
        top = ""
    found = set(folders)
    for folder in folders:
        while len(folder) > len(top) and folder != os.path.dirname(folder):
            found.add(folder)
            folder = os.path.dirname(folder)
        if folder == top:
            found.add(folder)
    return sorted(found)
