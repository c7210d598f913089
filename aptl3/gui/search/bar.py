"""The field in which one says what one is looking for: words, and pictures dropped or pasted, as chips."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QResizeEvent
from PyQt5.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import describe, label, show_as, tool_button
from aptl3.gui.icons import picture
from aptl3.gui.search.chip import Chip
from aptl3.gui.search.dropped import offered, offers
from aptl3.gui.search.field import Field, Tray
from aptl3.gui.search.question import Part, Question, typed

_SHARE = 0.6  # of the width, that chips may take; of more of them, some are scrolled out of sight


class SearchBar(QFrame):
    """Shows the parts of a question, and lets them be changed.

    Signals:

    - ``asked(tuple[Part, …])``: this is looked for now; nothing: the library as a whole
    - ``offered(Offer)``: pictures were dropped or pasted, to be looked for too
    - ``wanted(object)``: an example, of which a small picture is wanted (``show_image``)
    - ``touched()``: somebody is about to ask
    - ``left()``: the keyboard wants to go on to the answers
    """

    asked = pyqtSignal(tuple)
    offered = pyqtSignal(object)
    wanted = pyqtSignal(object)
    touched = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Field")
        self.setAcceptDrops(True)
        self.setMinimumHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.chips: list[Chip] = []
        self._dropping = False  # something is held over it
        self._sign = QLabel()
        self.field = Field()
        describe(self.field, self.tr("What are you looking for?"), "Ctrl+F")
        self._busy = label(self.tr("Searching…"), "quiet")
        self._busy.hide()
        self._clear = tool_button("close", self.tr("Clear the search"), do=self.clear)
        describe(self._clear, self.tr("Clear the search"), "Alt+Home")  # a command's, which does the same
        self._clear.setIconSize(QSize(14, 14))
        self._tray = Tray()
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(6)
        for widget in (self._sign, self._tray):
            row.addWidget(widget)
        row.addWidget(self.field, 1)
        for widget in (self._busy, self._clear):
            row.addWidget(widget)
        self._connect()
        self.show_question(Question())
        self._draw()

    def _connect(self) -> None:
        field = self.field
        field.returnPressed.connect(self._ask)
        field.textChanged.connect(lambda _: self._tidy())
        field.added.connect(self._add)
        field.backed.connect(self._go_back_to_chips)
        field.left.connect(self.left)
        field.focused.connect(self._focused)
        field.pasted.connect(self.offered)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is asked for by now, with what stands in the field."""
        last = typed(self.field.text())
        return (*(chip.part for chip in self.chips), *([last] if last else []))

    def show_question(self, question: Question) -> None:
        """Shows what was asked."""
        words = question.words
        self.field.setText(words or "")
        self._set_chips(question.parts if words is None else ())

    def show_image(self, example: str | int, image: QImage) -> None:
        for chip in self.chips:
            if chip.part.example == example:
                chip.show_image(image)

    def show_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)

    def take_keyboard(self) -> None:
        """One begins to type."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def clear(self) -> None:
        """Back to the library as a whole."""
        self.field.clear()
        self.asked.emit(())

    def paste(self) -> None:
        """Looks for the picture that is on the clipboard; words go into the field."""
        clipboard = QApplication.clipboard()
        data = None if clipboard is None else clipboard.mimeData()
        found = offered(data)
        if found is not None:
            self.offered.emit(found)
        elif data is not None and data.hasText():
            self.take_keyboard()
            self.field.paste()

    # Parts

    def _ask(self) -> None:
        self.asked.emit(self.parts)

    def _add(self) -> None:
        """What stands in the field becomes a chip, and room for more words."""
        if typed(self.field.text()) is not None:
            parts = self.parts
            self.field.clear()
            self._set_chips(parts)
            if len(parts) > 1:
                self.asked.emit(parts)

    def _set_chips(self, parts: Sequence[Part]) -> None:
        if [chip.part for chip in self.chips] != list(parts):
            at = next((number for number, chip in enumerate(self.chips) if chip.hasFocus()), None)
            for chip in self.chips:
                chip.hide()
                chip.deleteLater()
            self.chips = [self._chip(part) for part in parts]
            self._tray.show_chips(self.chips)
            for part in parts:
                if part.example is not None:
                    self.wanted.emit(part.example)
            if at is not None:
                self._go_to(min(at, len(self.chips) - 1))
        self._tidy()

    def _chip(self, part: Part) -> Chip:
        chip = Chip(part)
        chip.changed.connect(lambda _: self._ask())
        chip.removed.connect(lambda: self._remove(chip))
        chip.edited.connect(lambda: self._edit(chip))
        chip.stepped.connect(lambda step: self._go_to(self.chips.index(chip) + step))
        return chip

    def _remove(self, chip: Chip) -> None:
        self._set_chips([one.part for one in self.chips if one is not chip])
        self._ask()

    def _edit(self, chip: Chip) -> None:
        """Its words go back into the field, and are asked for again when they are changed."""
        self.field.setText(chip.part.words)
        self._set_chips([one.part for one in self.chips if one is not chip])
        self.take_keyboard()

    # Keyboard

    def _go_to(self, number: int) -> None:
        if 0 <= number < len(self.chips):
            self.chips[number].setFocus(Qt.FocusReason.OtherFocusReason)
            self._tray.ensureWidgetVisible(self.chips[number], 8, 0)
        else:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_back_to_chips(self) -> None:
        if self.chips:
            self._go_to(len(self.chips) - 1)

    def _focused(self) -> None:
        self._draw()
        if self.field.hasFocus():
            self.touched.emit()

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        assert event is not None
        if offers(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._set_dropping(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent | None) -> None:
        self._set_dropping(False)

    def dropEvent(self, event: QDropEvent | None) -> None:
        assert event is not None
        self._set_dropping(False)
        found = offered(event.mimeData())
        if found is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.offered.emit(found)

    def _set_dropping(self, dropping: bool) -> None:
        self._dropping = dropping
        self._draw()

    # Look

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._tray.limit(round(self.width() * _SHARE))

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _tidy(self) -> None:
        self._clear.setVisible(bool(self.chips or self.field.text()))
        self._tray.setVisible(bool(self.chips))
        more = self.tr("More words, or drop another photograph here")
        self.field.setPlaceholderText(more if self.chips else self.tr("What are you looking for? Or drop a photograph"))

    def _draw(self) -> None:
        self._sign.setPixmap(picture("search", theme.current().quiet, 18, self.devicePixelRatioF()))
        look = "drop" if self._dropping else "focus" if self.field.hasFocus() else ""
        show_as(self, "look", look)
