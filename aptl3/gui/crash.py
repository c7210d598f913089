"""A bug becomes a window with its traceback, to be copied; the main window stays.

Guarantees: bugs in other threads are shown too; while the window is open, further ones only go to the log.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QApplication, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from aptl3 import __version__
from aptl3.gui.controls import label, push_button


class CrashHook(QObject):
    """Takes the place of ``sys.excepthook``. Call it in any thread."""

    _told = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.window: QWidget | None = None  # the one that reports belong to, and close with
        self._open: CrashWindow | None = None
        self._told.connect(self._show)

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):  # Ctrl-C in the terminal that the window was started from
            QApplication.quit()
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(text)
        self._told.emit(text)

    def _show(self, text: str) -> None:
        if self._open is not None and self._open.isVisible():
            return
        self._open = CrashWindow(text, self.window)
        self._open.show()


class CrashWindow(QDialog):
    """Says that something is our fault, and shows the traceback."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.report = f"aptl3 {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n{text}"
        words = label(self.tr("This is a mistake in aptl3. Your library is safe, and you can go on."))
        words.setWordWrap(True)
        shown = QPlainTextEdit(self.report)
        shown.setReadOnly(True)
        shown.setAccessibleName(self.tr("What happened"))
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(push_button(self.tr("&Copy"), "Ctrl+Shift+C", self.copy))
        row.addWidget(push_button(self.tr("C&lose"), "Esc", self.reject, main=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(label(self.windowTitle(), "title"))
        column.addWidget(words)
        column.addWidget(shown, 1)
        column.addLayout(row)
        self.resize(640, 400)

    def copy(self) -> None:
        clipboard = QApplication.clipboard()
        assert clipboard is not None
        clipboard.setText(self.report)
