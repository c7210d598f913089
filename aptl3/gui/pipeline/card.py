"""One stage of the pipeline: what it does, how fast and how busy it is, and how many work at it."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from aptl3.gui.connection import Stage
from aptl3.gui.controls import label, show_as
from aptl3.gui.pipeline.stepper import Stepper
from aptl3.gui.wording import counted, rate

MOST = 64  # workers that can be chosen here


@dataclass(frozen=True)
class Kind:
    """A stage in words. ``shortcut`` leads to its worker count; a stage without one has exactly one worker."""

    name: str
    title: str
    does: str
    shortcut: str = ""


class StageCard(QFrame):
    """Signals: ``workers_wanted(str, int)``: the user wants so many at this stage."""

    workers_wanted = pyqtSignal(str, int)

    def __init__(self, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.setObjectName("Card")
        self.setProperty("limiting", False)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.rate = label("–", "title")
        self.busy = QProgressBar()
        self.busy.setRange(0, 100)
        self.busy.setTextVisible(False)
        self.busy.setFixedHeight(6)
        self.state = label("", "quiet")
        self.workers = self._stepper() if kind.shortcut else None
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 10)
        column.setSpacing(6)
        column.addWidget(label(kind.title, "title"))
        column.addWidget(label(kind.does, "quiet"))
        column.addSpacing(2)
        column.addWidget(self.rate)
        column.addWidget(self.busy)
        column.addWidget(self.state)
        column.addWidget(self.workers or _centred(self.tr("1 worker")))
        self.show_rest()

    def _stepper(self) -> Stepper:
        name = self.tr("Workers of the {0}").format(self.kind.title.lower())
        units = self.tr("worker"), self.tr("workers")
        made = Stepper(name, units, self.kind.shortcut, MOST)
        made.wanted.connect(lambda count: self.workers_wanted.emit(self.kind.name, count))
        return made

    def show_workers(self, count: int) -> None:
        """How many are to work here."""
        if self.workers is not None:
            self.workers.put(count)

    def show_load(self, stage: Stage, limiting: bool) -> None:
        self.rate.setText(self.tr("{0}/s").format(rate(stage.per_second)))
        self.busy.setValue(round(100 * stage.busy))
        if stage.ready < stage.workers:
            text = self.tr("starting…")
        elif stage.restarts:
            text = counted(stage.restarts, self.tr("one restart"), self.tr("{0} restarts"))
        else:
            text = ""
        self._say(self.tr("{0} % busy").format(round(100 * stage.busy)) + (f", {text}" if text else ""))
        self._mark(limiting)

    def show_rest(self) -> None:
        """Nothing is under way."""
        self.rate.setText("–")
        self.busy.setValue(0)
        self._say(self.tr("at rest"))
        self._mark(False)

    def _say(self, text: str) -> None:
        self.state.setText(text)
        self.setAccessibleName(self.kind.title)
        self.setAccessibleDescription(f"{self.rate.text()}, {text}")

    def _mark(self, limiting: bool) -> None:
        for widget in (self, self.busy):
            show_as(widget, "limiting", limiting)


def _centred(text: str) -> QLabel:
    """As high as a stepper."""
    made = label(text)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setMinimumHeight(Stepper("", ("", ""), "", 1).sizeHint().height())
    return made
