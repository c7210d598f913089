"""The page of failures: a table of files that could not be read, why not, and what can be done about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PyQt5.QtCore import QEvent, QItemSelection, QItemSelectionModel, Qt, QTimer, pyqtBoundSignal, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QAction,
    QApplication,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from aptl3.errors import Aptl3Error, LibraryMissing
from aptl3.gui.controls import describe, hint, label, push_button
from aptl3.gui.elided import Elided
from aptl3.gui.failures.model import FILE, FOLDER, TRIES, WHY, FailureModel, place_of
from aptl3.gui.failures.sieve import Sieve, SieveLine
from aptl3.gui.notice import Notice
from aptl3.gui.reading import Reader
from aptl3.gui.tables import tidy
from aptl3.gui.wording import counted, number
from aptl3.records.failure import Failure
from aptl3.records.media import DATA
from aptl3.records.store import Counts
from aptl3.storage.store import Store

PAGE = 500  # rows at once: some milliseconds
MOST = 10_000  # rows that are looked out by a sieve
PAUSE = 1000  # ms from one reading to the next while files fail
_SHORTCUTS = {"retry": "Ctrl+R", "forget": "Del", "show": "Ctrl+Alt+E", "copy": "Ctrl+Alt+C"}


class FailuresPage(QWidget):
    """Of the library that ``reader`` reads; read anew while it is shown.

    Signals: ``retry_wanted(list[str] | None)``, ``forget_wanted(list[str] | None)``: URLs, None for all;
    ``show_wanted(str)``: the path of a file whose folder is to be shown.
    """

    retry_wanted = pyqtSignal(object)
    forget_wanted = pyqtSignal(object)
    show_wanted = pyqtSignal(str)

    def __init__(self, reader: Reader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._reader = reader
        self._count = 0
        self._sifted = Sieve()  # through which the rows came that are shown
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.read)
        self.model = FailureModel()
        self.model.more_wanted.connect(self._read_more)
        self.table = _Table(self.model)
        self.line = SieveLine(self.model.reasons)
        self.line.changed.connect(self._sift)
        self.headline = Elided(Qt.TextElideMode.ElideRight, "headline")
        self.detail = label("", "quiet")
        self.detail.setWordWrap(True)
        self.detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.retry = self._button("retry", self._retry, main=True)
        self.forget = self._button("forget", self._forget)
        self.show_file = self._button("show", self._show)
        self.show_file.setText(self.tr("Sho&w in folder"))
        describe(self.show_file, self.tr("Show in folder"), _SHORTCUTS["show"])
        self.nothing = Notice(
            "done", self.tr("No failures"), self.tr("Files that cannot be read are listed here, with the reason.")
        )
        self.stack = QStackedWidget()
        for page in (self.nothing, self._list()):
            self.stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.stack)
        self._add_actions()
        selection = self.table.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(lambda *_: self._describe())
        reader.changed.connect(self._changed)
        self._describe()

    def _list(self) -> QWidget:
        top = QHBoxLayout()
        top.addWidget(self.headline, 1)
        for button in (self.show_file, self.forget, self.retry):
            top.addWidget(button)
        top.setSpacing(8)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(28, 24, 28, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        column.addWidget(self.detail)
        return page

    def _button(self, name: str, do: Callable[[], None], *, main: bool = False) -> QPushButton:
        return push_button("", "", do, main=main)

    def _add_actions(self) -> None:
        """The context menu, and shortcuts that work while the page is shown."""
        for name, text, do in (
            ("retry", self.tr("Try again"), self._retry),
            ("forget", self.tr("Forget"), self._forget),
            ("show", self.tr("Show in folder"), self._show),
            ("copy", self.tr("Copy path"), self._copy),
        ):
            action = QAction(text, self)
            action.setShortcut(QKeySequence(_SHORTCUTS[name]))
            action.setToolTip(hint(text, _SHORTCUTS[name]))
            action.triggered.connect(partial(_call, do))
            for widget in (self, self.table):
                widget.addAction(action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.table.copied.connect(self._copy)
        self.table.doubleClicked.connect(lambda _: self._show())

    # ---- reading

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.table.setFocus()
        self.read()

    def read(self) -> None:
        """Reads as many rows as are there anew; all that a sieve leaves, so that one can tell what is done to them."""
        if self.isVisible():
            wanted = max(PAGE, len(self.model.rows)) if self._all else MOST
            sieve = self.line.sieve
            read = partial(_failures, sieve=sieve, wanted=wanted)
            self._reader.do("failures", read, partial(self._put, sieve), otherwise=self._lost)

    @property
    def _all(self) -> bool:
        """Nothing is left out."""
        return self.line.sieve == Sieve()

    def _sift(self) -> None:
        self.table.clearSelection()  # nothing is done to what is out of sight
        self._describe()
        self.read()

    def _changed(self, counts: Counts) -> None:
        self._count = counts.failures
        self._describe()
        if self.isVisible() and not self._again.isActive():
            self._again.start(PAUSE)

    def _read_more(self) -> None:
        after = self.model.rows[-1].url
        read = partial(_failures, sieve=self.line.sieve, wanted=PAGE, after=after)
        self._reader.do("failures", read, lambda answer: self.model.append(*answer), otherwise=self._lost)

    def _lost(self, error: Aptl3Error) -> None:
        """A library that is not there has no failures."""
        if isinstance(error, LibraryMissing):
            self._put(self.line.sieve, ([], True))
        else:
            self._reader.failed.emit(str(error))

    def _put(self, sieve: Sieve, answer: tuple[list[Failure], bool]) -> None:
        rows, complete = answer
        self._sifted = sieve
        if rows != self.model.rows or complete != self.model.complete:
            chosen, place = {failure.url for failure in self.chosen}, self.table.place
            self.model.put(rows, complete)
            self._choose(chosen)
            self.table.place = place
        self._describe()

    # ---- what is chosen

    @property
    def chosen(self) -> list[Failure]:
        selection = self.table.selectionModel()
        assert selection is not None
        return [self.model.rows[index.row()] for index in selection.selectedRows()]

    @property
    def _meant(self) -> list[Failure] | None:
        """To which something is to be done: what is chosen, else what the sieve leaves; None: all that there is.
        Nothing, while other rows are shown than are asked for."""
        if self._sifted != self.line.sieve:
            return []
        return self.chosen or (None if self._all else self.model.rows)

    def _choose(self, urls: set[str]) -> None:
        selection, chosen = self.table.selectionModel(), QItemSelection()
        assert selection is not None
        for row, failure in enumerate(self.model.rows):
            if failure.url in urls:
                index = self.model.index(row, 0)
                chosen.merge(QItemSelection(index, index), QItemSelectionModel.SelectionFlag.Select)
        flag = QItemSelectionModel.SelectionFlag
        selection.select(chosen, QItemSelectionModel.SelectionFlags(flag.ClearAndSelect) | flag.Rows)

    def _describe(self) -> None:
        """Words for what there is and what is chosen."""
        rows, chosen, meant = len(self.model.rows), self.chosen, self._meant
        count = rows if self.model.complete and self._all else max(self._count, rows)
        self.stack.setCurrentIndex(1 if count or not self._all else 0)
        if self._all:
            text = counted(count, self.tr("One file could not be read"), self.tr("{0} files could not be read"))
        else:
            text = self.tr("{0} of {1} files that could not be read").format(number(rows), number(count))
        self.headline.setText(text)
        if meant is None:
            self._name(self.retry, "retry", self.tr("&Try all again"))
            self._name(self.forget, "forget", self.tr("Fo&rget all"))
        elif len(meant) == 1:
            self._name(self.retry, "retry", self.tr("&Try again"))
            self._name(self.forget, "forget", self.tr("Fo&rget"))
        else:
            self._name(self.retry, "retry", self.tr("&Try {0} again").format(number(len(meant))))
            self._name(self.forget, "forget", self.tr("Fo&rget {0}").format(number(len(meant))))
        for button in (self.retry, self.forget):
            button.setEnabled(meant is None or bool(meant))
        self.show_file.setEnabled(len(chosen) == 1 and not chosen[0].url.startswith(DATA))
        one = chosen[0] if len(chosen) == 1 else None
        self.detail.setText("" if one is None else f"{place_of(one)}\n{one.stage}: {one.error}")

    def _name(self, button: QPushButton, name: str, text: str) -> None:
        button.setText(text)
        describe(button, text.replace("&", ""), _SHORTCUTS[name])

    # ---- what the user wants

    def _retry(self) -> None:
        self._tell(self.retry_wanted)

    def _forget(self) -> None:
        self._tell(self.forget_wanted)

    def _tell(self, signal: pyqtBoundSignal) -> None:
        meant = self._meant
        if meant is None:
            signal.emit(None)
        elif meant:
            signal.emit([failure.url for failure in meant])

    def _show(self) -> None:
        chosen = self.chosen
        if len(chosen) == 1:
            self.show_wanted.emit(place_of(chosen[0]))

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        assert clipboard is not None
        clipboard.setText("\n".join(place_of(one) for one in self.chosen))


class _Table(QTableView):
    """Rows are chosen as a whole. Choosing all and copying mean the table's rows while it has the focus.

    Signals: ``copied()``: the chosen rows are to be copied.
    """

    copied = pyqtSignal()

    def __init__(self, model: FailureModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tidy(self, self.tr("Files that could not be read"), FOLDER)
        columns = self.horizontalHeader()
        assert columns is not None
        for column, width in ((FILE, 240), (WHY, 230), (TRIES, 60)):
            columns.resizeSection(column, width)

    @property
    def place(self) -> int:
        """How far it is scrolled."""
        bar = self.verticalScrollBar()
        return 0 if bar is None else bar.value()

    @place.setter
    def place(self, value: int) -> None:
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.setValue(value)

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_mine(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        else:
            super().keyPressEvent(event)

    def _is_mine(self, event: QKeyEvent) -> bool:
        return event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll)


def _failures(
    store: Store, sieve: Sieve, wanted: int, after: str | None = None
) -> Iterator[tuple[list[Failure], bool] | None]:
    """Rows behind ``after`` that pass the sieve, so many or some more, and whether these are all; page by page."""
    found: list[Failure] = []
    while len(found) < wanted:
        page = list(store.failures(PAGE, after))
        found += filter(sieve.admits, page)
        if len(page) < PAGE:
            yield found, True
            return
        after = page[-1].url
        yield None
    yield found, False


def _call(do: Callable[[], None], _checked: bool = False) -> None:
    do()
