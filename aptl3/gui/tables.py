"""How tables look: rows chosen as a whole, one line each, no grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PyQt5.QtCore import QModelIndex, QSize, Qt
from PyQt5.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from aptl3.gui.controls import describe
from aptl3.gui.wording import number

AIR = 14  # points of a row that are not its text


def tidy(table: QTableView, name: str, stretched: int) -> None:
    """Gives a table this look; ``name`` says what it holds, the column ``stretched`` takes the room that is left."""
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setTabKeyNavigation(False)  # Tab leads on, to the next control
    table.setItemDelegate(_Rows(table))
    describe(table.findChild(QAbstractButton), table.tr("Choose all"), "Ctrl+A")  # in the corner, never seen
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    assert rows is not None and columns is not None
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(table.fontMetrics().height() + AIR)
    columns.setHighlightSections(False)
    columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    columns.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)


class _Rows(QStyledItemDelegate):
    """The cell that the keyboard is at looks like the rest of its row."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        assert option is not None
        option.state = cast(QStyle.State, option.state & ~QStyle.StateFlag.State_HasFocus)


class Sheet(QTableWidget):
    """A few rows of words and numbers to be read, as high as they are. Numbers stand at the right."""

    def __init__(self, name: str, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(0, len(titles), parent)
        self.setHorizontalHeaderLabels(list(titles))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        tidy(self, name, 0)

    def put(self, rows: Sequence[Sequence[str | float]]) -> None:
        """These rows, instead of those that are there; the first column takes the room that is left."""
        self.setRowCount(len(rows))
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                text = value if isinstance(value, str) else self._number(value)
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                side = Qt.AlignmentFlag.AlignLeft if isinstance(value, str) else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(at, column, item)
                header = self.horizontalHeaderItem(column)
                if header is not None:
                    header.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        for column in range(1, self.columnCount()):
            self.resizeColumnToContents(column)
            self.setColumnWidth(column, min(280, self.columnWidth(column) + AIR))
        self.updateGeometry()

    def _number(self, value: float) -> str:
        return number(value) if isinstance(value, int) else self.locale().toString(value, "f", 3)

    def sizeHint(self) -> QSize:
        header, rows = self.horizontalHeader(), self.verticalHeader()
        assert header is not None and rows is not None
        return QSize(480, header.sizeHint().height() + self.rowCount() * rows.defaultSectionSize() + 2)
