"""The page of the library: the grid with what is asked for above it and details beside it; or, when there is nothing to
show, what to do first, or why not and what mends it."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from aptl3.gui.controls import push_button
from aptl3.gui.grid.view import GridView
from aptl3.gui.notice import Notice


class LibraryPage(QWidget):
    """Signals:

    - ``turned()``: it shows the grid now, or does not any more (``browsing``)
    - ``update_wanted()``: a library of an older aptl3 is to be brought up to date
    """

    turned = pyqtSignal()
    update_wanted = pyqtSignal()

    def __init__(self, grid: GridView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._header = QWidget()
        self._header.setObjectName("Header")
        self._header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header.hide()
        self.header = QHBoxLayout(self._header)
        self.header.setContentsMargins(12, 8, 12, 8)
        self.header.setSpacing(6)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(grid)
        self.split.setChildrenCollapsible(False)
        self._grid = QWidget()
        column = QVBoxLayout(self._grid)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self.split, 1)
        self._refused = Notice("failures", self.tr("This library cannot be opened"))
        self.older = Notice("library", "")
        self.update_button = push_button(
            self.tr("&Bring it up to date"), "Ctrl+Shift+U", self.update_wanted.emit, main=True
        )
        self.older.add(self.update_button)
        self.show_updating(False)
        self._first = QWidget()
        self._stack = QStackedWidget()
        for page in (self._grid, self._first, self._refused, self.older):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self._stack.currentChanged.connect(lambda _: self.turned.emit())

    @property
    def browsing(self) -> bool:
        return self._stack.currentWidget() is self._grid

    def set_first(self, page: QWidget) -> None:
        """What is shown while the library is empty, instead of words."""
        shown = self._stack.currentWidget() is self._first
        self._stack.removeWidget(self._first)
        self._first = page
        self._stack.addWidget(page)
        if shown:
            self.show_first()

    def ask_here(self, *widgets: QWidget) -> None:
        """What stands above the grid, from the left; the first takes the room that there is."""
        for widget in widgets:
            self.header.addWidget(widget, 0 if self.header.count() else 1)
        self._header.show()

    def set_aside(self, widget: QWidget) -> None:
        """What is shown at the right of the grid."""
        self.split.addWidget(widget)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)

    def show_first(self) -> None:
        self._stack.setCurrentWidget(self._first)

    def show_refused(self, why: str) -> None:
        self._refused.say(self.tr("This library cannot be opened"), why)
        self._stack.setCurrentWidget(self._refused)

    def show_older(self) -> None:
        """It can be read once it is brought up to date."""
        self._stack.setCurrentWidget(self.older)

    def show_updating(self, under_way: bool) -> None:
        if under_way:
            self.older.say(self.tr("Your library is being brought up to date"), self.tr("This takes a moment."))
        else:
            self.older.say(
                self.tr("Your library is from an earlier version"),
                self.tr("It is kept as it is until you bring it up to date; the earlier version cannot open it then."),
            )
        self.update_button.setEnabled(not under_way)

    def show_grid(self) -> None:
        self._stack.setCurrentWidget(self._grid)
