"""Failures as rows of a table, read page by page as somebody scrolls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from PyQt5.QtCore import QAbstractTableModel, QModelIndex, Qt, pyqtSignal

from aptl3.gui.wording import number
from aptl3.records.failure import Failure, Reason
from aptl3.records.media import DATA
from aptl3.storage.url import url_to_place

FILE, WHY, FOLDER, TRIES = range(4)
_Role = Qt.ItemDataRole


class FailureModel(QAbstractTableModel):
    """Rows in the order of their places.

    Signals: ``more_wanted()``: somebody has come to the end of what was read.
    """

    more_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Failure] = []
        self.complete = True  # there are no more
        self._asked = False
        self.reasons = {
            Reason.EMPTY: self.tr("the file is empty"),
            Reason.TRUNCATED: self.tr("the file ends too early"),
            Reason.CORRUPT: self.tr("the file is damaged"),
            Reason.UNSUPPORTED: self.tr("unknown kind of file"),
            Reason.TOO_LARGE: self.tr("too large"),
            Reason.UNREADABLE: self.tr("cannot be read"),
            Reason.NOT_A_FILE: self.tr("not a file"),
            Reason.VANISHED: self.tr("disappeared meanwhile"),
            Reason.CHANGED: self.tr("changed while it was read"),
            Reason.CRASH: self.tr("makes the reader crash"),
            Reason.TIMEOUT: self.tr("takes too long"),
            Reason.MODEL: self.tr("the model cannot use it"),
        }
        self._titles = (self.tr("File"), self.tr("Why"), self.tr("Folder"), self.tr("Tries"))

    def put(self, rows: Sequence[Failure], complete: bool) -> None:
        """Other rows in place of those that are there."""
        self.beginResetModel()
        self.rows, self.complete, self._asked = list(rows), complete, False
        self.endResetModel()

    def append(self, rows: Sequence[Failure], complete: bool) -> None:
        """The rows behind those that are there."""
        self.complete, self._asked = complete, False
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows.extend(rows)
            self.endInsertRows()

    def why(self, failure: Failure) -> str:
        return self.reasons[failure.reason]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._titles)

    def canFetchMore(self, parent: QModelIndex) -> bool:
        return not (parent.isValid() or self.complete or self._asked)

    def fetchMore(self, parent: QModelIndex) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or role not in (_Role.DisplayRole, _Role.TextAlignmentRole):
            return None
        if role == _Role.DisplayRole:
            return self._titles[section]
        return Qt.AlignmentFlag.AlignVCenter | (
            Qt.AlignmentFlag.AlignRight if section == TRIES else Qt.AlignmentFlag.AlignLeft
        )

    def data(self, index: QModelIndex, role: int = _Role.DisplayRole) -> Any:
        failure = self.rows[index.row()]
        if role == _Role.DisplayRole:
            return self._text(failure, index.column())
        if role == _Role.ToolTipRole:
            return f"{place_of(failure)}\n{failure.error}"
        if role == _Role.TextAlignmentRole and index.column() == TRIES:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, failure: Failure, column: int) -> str:
        folder, name = os.path.split(place_of(failure))
        if failure.url.startswith(DATA):
            folder, name = "", self.tr("a text that lies in no file")
        return (name, self.why(failure), folder, number(failure.attempts))[column]


def place_of(failure: Failure) -> str:
    """The path of the file."""
    return url_to_place(failure.url)
