"""Starts the process that reads and measures the quality of a library (``child.py``), and tells what it says.

Guarantees: one process at a time; it ends when somebody wants another answer, with the window, and when it is stopped.
What it has measured by then is kept in the library.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from PyQt5.QtCore import QObject, QProcess, pyqtSignal

import aptl3

_CODE = (
    "import sys; '' in sys.path and sys.path.remove(''); "  # what lies among the user's files must not be imported
    "home = sys.argv.pop(1); home in sys.path or sys.path.insert(0, home); "
    "from aptl3.gui.quality.child import main; sys.exit(main(sys.argv[1:]))"
)
FAREWELL = 2000  # ms for a process that was killed to be gone


class Measuring(QObject):
    """Of the library in ``root``.

    Signals:

    - ``known(dict)``: models, alignments, relations
    - ``progressed(float, int, str)``: steps done, steps in all, what is being measured
    - ``lacking()``: it has not been measured as it is now
    - ``reported(dict)``: all figures, as ``Report.as_json`` has them
    - ``failed(str)``: why there are none
    - ``ended()``: nothing goes on any more
    """

    known = pyqtSignal(dict)
    progressed = pyqtSignal(float, int, str)
    lacking = pyqtSignal()
    reported = pyqtSignal(dict)
    failed = pyqtSignal(str)
    ended = pyqtSignal()

    def __init__(self, root: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._process: QProcess | None = None

    @property
    def busy(self) -> bool:
        return self._process is not None

    def look(self, relation: int | None = None) -> None:
        """What there is, and what has been measured of it."""
        self._start("look", relation)

    def measure(self, relation: int | None = None) -> None:
        """Measures what has not been measured yet."""
        self._start("measure", relation)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(FAREWELL)
            process.deleteLater()
            self.ended.emit()

    def _start(self, mode: str, relation: int | None) -> None:
        self.stop()
        process = self._process = QProcess(self)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._finished)
        home = os.path.dirname(os.path.dirname(os.path.abspath(aptl3.__file__)))
        arguments = ["-c", _CODE, home, os.fspath(self._root), mode, "" if relation is None else str(relation)]
        process.setWorkingDirectory(
            os.fspath(Path(__file__).parent)
        )  # -c looks for modules there, not among the user's
        process.start(sys.executable, arguments)

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            self._tell(json.loads(bytes(self._process.readLine())))

    def _tell(self, document: dict[str, Any]) -> None:
        [(kind, value)] = document.items()
        if kind == "facts":
            self.known.emit(value)
        elif kind == "progress":
            self.progressed.emit(*value)
        elif kind == "lacking":
            self.lacking.emit()
        elif kind == "report":
            self.reported.emit(value)
        else:
            self.failed.emit(value)

    def _finished(self, *_: object) -> None:
        process = self._process
        if process is None or process is not self.sender():
            return
        self._read()
        self._process = None
        if process.exitStatus() != QProcess.ExitStatus.NormalExit or process.exitCode() != 0:
            self.failed.emit(self.tr("Measuring ended unexpectedly. What was measured is kept."))
        process.deleteLater()
        self.ended.emit()
