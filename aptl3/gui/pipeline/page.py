"""The page of the pipeline: what is going on in a sentence, the stages as a picture, and how to change them."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QShowEvent
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from aptl3.gui.connection import Situation, Stage
from aptl3.gui.controls import label, scroll_area
from aptl3.gui.pipeline.diagram import Diagram


class PipelinePage(QWidget):
    """Signals: ``workers_wanted(str, int)``: the user wants so many at a stage."""

    workers_wanted = pyqtSignal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.diagram = Diagram()
        self.diagram.workers_wanted.connect(self.workers_wanted)
        self.sentence = label("", "headline")
        self.hint = label("", "quiet")
        for one in (self.sentence, self.hint):
            one.setWordWrap(True)
        inner = QWidget()
        inner.setObjectName("Page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(24, 22, 24, 22)
        column.setSpacing(8)
        column.addWidget(self.sentence)
        column.addWidget(self.hint)
        column.addSpacing(20)
        column.addWidget(self.diagram)
        column.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll_area(inner))
        self.show_situation(Situation())

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.setFocus()  # nothing is changed by mistake, and Tab leads to the first worker count

    def show_situation(self, situation: Situation) -> None:
        self.diagram.show_workers(situation.workers)
        if situation.stages is None:
            self.diagram.show_rest()
            self.sentence.setText(self.tr("Nothing is being read"))
            self.hint.setText(self.tr("Add a folder, and watch here how it is read. Worker counts can be set before."))
            return
        self.diagram.show_loads(situation.stages, situation.limiting)
        self._describe(situation.limiting, situation.stages)

    def _describe(self, slowest: str | None, stages: Mapping[str, Stage]) -> None:
        if slowest is None:
            self.sentence.setText(self.tr("No stage holds the others back"))
            self.hint.setText(self.tr("The pipes fill up before a stage that is too slow for those before it."))
            return
        title = self.diagram.cards[slowest].kind.title
        self.sentence.setText(self.tr("The {0} holds the others back").format(title.lower()))
        busy = round(100 * stages[slowest].busy)
        if slowest == "writer":
            more = self.tr("A library has one writer; the disk is what it waits for.")
        else:
            more = self.tr("More workers help as long as the computer has cores to spare.")
        self.hint.setText(self.tr("It is busy {0} % of the time. {1}").format(busy, more))
