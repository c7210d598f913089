"""A window that is closed during a job asks once whether it goes on.

The job belongs to the supervisor, which needs no window: going on is the default.
"""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal
from PyQt5.QtWidgets import QMessageBox, QWidget

from aptl3.gui.service import Service

PATIENCE = 5000  # ms for the supervisor to be told; the window closes then in any case


class Closing(QObject):
    """Signals: ``decided()``: the window may be closed now."""

    decided = pyqtSignal()

    def __init__(self, service: Service, window: QWidget) -> None:
        super().__init__(window)
        self._service, self._window = service, window
        self._free = False
        self.question: QMessageBox | None = None

    def allows(self) -> bool:
        """Whether the window may be closed. If not, the user is asked, and ``decided`` tells when it may."""
        if self._free or not self._service.situation.under_way:
            return True
        if self.question is None:
            self._ask()
        return False

    def _ask(self) -> None:
        box = self.question = QMessageBox(self._window)
        box.setWindowTitle(self.tr("Close the window"))
        box.setText(self.tr("Your files are still being read."))
        box.setInformativeText(self.tr("That can go on without this window, or rest until you open it again."))
        on = box.addButton(self.tr("&Go on reading"), QMessageBox.ButtonRole.AcceptRole)
        rest = box.addButton(self.tr("&Stop for now"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(self.tr("&Keep the window open"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(on)
        box.setEscapeButton(stay)

        def answered() -> None:
            self.question = None
            box.deleteLater()
            if box.clickedButton() is on:
                self._decide()
            elif box.clickedButton() is rest:
                jobs = [job.id for job in self._service.situation.under_way]
                self._service.interrupt(jobs, self._decide)
                QTimer.singleShot(PATIENCE, self._decide)

        box.finished.connect(lambda _: answered())
        box.open()

    def _decide(self) -> None:
        if not self._free:
            self._free = True
            self.decided.emit()
