"""Which failures are shown: those whose path holds some words, for one reason or for any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import QHBoxLayout, QLineEdit, QShortcut, QWidget

from aptl3.gui.controls import combo_box, describe
from aptl3.records.failure import Failure, Reason
from aptl3.storage.url import url_to_place


@dataclass(frozen=True)
class Sieve:
    """``words``: each stands somewhere in the path, in whatever case; ``reason``: None is any."""

    words: tuple[str, ...] = ()
    reason: Reason | None = None

    def admits(self, failure: Failure) -> bool:
        path = url_to_place(failure.url).casefold() if self.words else ""
        return self.reason in (None, failure.reason) and all(word in path for word in self.words)


class SieveLine(QWidget):
    """The controls of a sieve; ``reasons`` in words.

    Signals: ``changed()``: ``sieve`` is another one.
    """

    changed = pyqtSignal()

    def __init__(self, reasons: Mapping[Reason, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sieve = Sieve()
        self.words, self.reason = QLineEdit(), combo_box()
        self.words.setPlaceholderText(self.tr("Name or folder"))
        self.reason.addItem(self.tr("for any reason"), None)
        for reason, text in reasons.items():
            self.reason.addItem(text, reason)
        self.reason.setMaxVisibleItems(len(reasons) + 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget, text, key, share in (
            (self.words, self.tr("Only files whose path holds these words"), "Alt+N", 1),
            (self.reason, self.tr("Only files that failed for this reason"), "Alt+Y", 0),
        ):
            describe(widget, text, key)
            QShortcut(QKeySequence(key), self).activated.connect(widget.setFocus)
            row.addWidget(widget, share)
        self.words.textChanged.connect(lambda _: self._read())
        self.reason.currentIndexChanged.connect(lambda _: self._read())

    def _read(self) -> None:
        sieve = Sieve(tuple(self.words.text().casefold().split()), self.reason.currentData())
        if sieve != self.sieve:
            self.sieve = sieve
            self.changed.emit()
