"""The page of quality: how often a question finds its answer among the first K, judged by the library's own captions
that nothing was fitted to; and which models, alignments and captions there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QKeySequence, QShowEvent
from PyQt5.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QShortcut,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from aptl3.gui.controls import combo_box, describe, label, push_button, scroll_area
from aptl3.gui.elided import Elided
from aptl3.gui.quality.chart import Chart, Line
from aptl3.gui.quality.measuring import Measuring
from aptl3.gui.tables import Sheet
from aptl3.gui.wording import number

Outcome = Mapping[str, Any]
K = 5  # of the sentence above the picture
WIDEST = 1200  # points of the page: who reads a row must not lose it on a large screen
_STEPS = 1000


class QualityPage(QWidget):
    """What ``measuring`` tells; it is asked when the page is shown."""

    def __init__(self, measuring: Measuring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.measuring = measuring
        self._directions: list[list[Outcome]] = []
        self._relations: list[Mapping[str, Any]] = []
        self._complete = False  # there is nothing left to be measured
        self._modalities: dict[str, str] = {}
        self.headline, self.sentence = label("", "headline"), label("", "quiet")
        for one in (self.headline, self.sentence):
            one.setWordWrap(True)
        self.relation, self.direction = combo_box(), combo_box()
        self._combo(self.relation, self.tr("Captions to judge by"), "Alt+C")
        self._combo(self.direction, self.tr("What asks for what"), "Alt+D")
        self.measure = push_button(self.tr("&Measure"), "Ctrl+M", self._measure, main=True)
        self.stop = push_button(self.tr("S&top"), "Ctrl+Shift+M", measuring.stop)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.step = Elided(Qt.TextElideMode.ElideMiddle, "quiet")
        self.chart = Chart()
        self.chart.hide()
        tr = self.tr
        self.models = Sheet(
            tr("Models"), [tr("Model"), tr("Remark"), tr("For"), tr("Dimensions"), tr("Vectors"), tr("In the index")]
        )
        self.alignments = Sheet(
            tr("Alignments"), [tr("Alignment"), tr("Learned from"), tr("Made"), tr("Pairs"), tr("Distance")]
        )
        self.relations = Sheet(
            tr("Captions"), [tr("Captions"), tr("From"), tr("Photographs"), tr("Texts"), tr("Pairs")]
        )
        self._sheets = [  # and what stands in the place of one that has no rows
            (self.models, label(tr("Those that come with the program, once something has been read."), "quiet")),
            (self.alignments, label(tr("None of your own: what comes with the program answers."), "quiet")),
            (self.relations, label(tr("None yet."), "quiet")),
        ]
        self._put_together()
        self._show_sheets()
        self._wire()
        self._show_busy(False)

    def _combo(self, combo: QComboBox, text: str, shortcut: str) -> None:
        describe(combo, text, shortcut)
        combo.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        combo.setMinimumContentsLength(12)
        QShortcut(QKeySequence(shortcut), self).activated.connect(combo.setFocus)
        combo.hide()

    def _put_together(self) -> None:
        choices, progress = QHBoxLayout(), QHBoxLayout()
        choices.setSpacing(8)
        for combo in (self.direction, self.relation):
            choices.addWidget(combo)
        choices.addStretch()
        choices.addWidget(self.stop)
        choices.addWidget(self.measure)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.step, 2)
        progress.setSpacing(12)
        inner = QWidget()
        inner.setObjectName("Page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(8)
        for one in (self.headline, self.sentence):
            column.addWidget(one)
        column.addSpacing(4)
        column.addLayout(choices)
        column.addLayout(progress)
        column.addWidget(self.chart)
        for sheet, nothing in self._sheets:
            column.addSpacing(14)
            column.addWidget(label(sheet.accessibleName(), "title"))
            column.addWidget(sheet)
            column.addWidget(nothing)
        column.addStretch()
        inner.setMaximumWidth(WIDEST)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll_area(inner))

    def _wire(self) -> None:
        measuring = self.measuring
        measuring.known.connect(self._know)
        measuring.progressed.connect(self._progress)
        measuring.lacking.connect(self._lack)
        measuring.reported.connect(self._report)
        measuring.failed.connect(self._fail)
        measuring.ended.connect(lambda: self._show_busy(False))
        self.direction.currentIndexChanged.connect(self._draw)
        self.relation.activated.connect(lambda _: self.look())

    # ---- asking

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self.measuring.busy:
            self.look()

    def look(self) -> None:
        """What there is, and what has been measured of it."""
        self.measuring.look(self._chosen)

    def _measure(self) -> None:
        self.measuring.measure(self._chosen)
        self.bar.setRange(0, 0)
        self.step.setText(self.tr("Starting…"))
        self._show_busy(True)

    @property
    def _chosen(self) -> int | None:
        chosen = self.relation.currentData()
        return None if chosen is None else int(chosen)

    # ---- what is told

    def _know(self, facts: Mapping[str, Any]) -> None:
        self._modalities = {one["name"]: one["modality"] or "" for one in facts["models"]}
        self.models.put([self._model_row(one) for one in facts["models"]])
        self.models.setColumnHidden(1, not any(one["problem"] for one in facts["models"]))
        self.alignments.put([self._alignment_row(one) for one in facts["alignments"]])
        self.relations.put(
            [(one["name"], one["source"], one["pictures"], one["texts"], one["pairs"]) for one in facts["relations"]]
        )
        self._show_sheets()
        self._offer(facts["relations"])
        if not facts["relations"]:
            self._say_empty(
                self.tr("Nothing to judge by yet"),
                self.tr("Captions tell which words belong to which photograph: add some with aptl3 relations add."),
            )

    def _show_sheets(self) -> None:
        for sheet, nothing in self._sheets:
            sheet.setVisible(sheet.rowCount() > 0)
            nothing.setVisible(sheet.rowCount() == 0)

    def _offer(self, relations: Sequence[Mapping[str, Any]]) -> None:
        """Which captions to judge by: the largest, unless somebody has chosen others."""
        chosen = self._chosen
        self._relations = sorted(relations, key=lambda one: -int(one["pairs"]))
        self.relation.blockSignals(True)
        self.relation.clear()
        for one in self._relations:
            self.relation.addItem(one["name"], one["id"])
        self.relation.setCurrentIndex(max(0, self.relation.findData(chosen)))
        self.relation.blockSignals(False)
        self.relation.setVisible(len(relations) > 1)

    def _progress(self, done: float, steps: int, what: str) -> None:
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(_STEPS * done / max(1, steps)))
        self.step.setText(what)

    def _lack(self) -> None:
        self._say_empty(
            self.tr("Not measured yet"),
            self.tr("Each caption that nothing was fitted to is asked, and looked for among all photographs."),
        )

    def _fail(self, why: str) -> None:
        self._say_empty(self.tr("Nothing could be measured"), why)

    def _say_empty(self, headline: str, sentence: str) -> None:
        self._directions = []
        self.direction.hide()
        self.headline.setText(headline)
        self.sentence.setText(sentence)
        self.chart.hide()
        self._complete = False
        self._show_busy(self.measuring.busy)

    def _report(self, report: Mapping[str, Any]) -> None:
        outcomes = report["outcomes"]
        self._directions = [
            list(group) for _, group in groupby(outcomes, key=lambda one: (one["source"], one["target"]))
        ]
        if not self._directions:
            self._fail("; ".join(report["notes"]))
            return
        self.direction.blockSignals(True)
        before = self.direction.currentText()
        self.direction.clear()
        self.direction.addItems([self._asks(one[0]) for one in self._directions])
        self.direction.setCurrentIndex(max(0, self.direction.findText(before)))
        self.direction.blockSignals(False)
        self.direction.setVisible(len(self._directions) > 1)
        self._complete = True
        self._draw()

    def _draw(self) -> None:
        """The direction that is chosen."""
        if not self._directions:
            return
        outcomes = self._directions[max(0, self.direction.currentIndex())]
        best = max(outcomes, key=lambda one: Line.of(one).at(K))
        self.chart.put([Line.of(one) for one in outcomes], best["items"])
        self.chart.show()
        self.headline.setText(self._found(best))
        self.sentence.setText(
            self.tr("{0} questions that nothing was fitted to, {1} to choose from. Best: {2}.").format(
                number(best["queries"]), number(best["items"]), best["way"]
            )
        )

    def _show_busy(self, busy: bool) -> None:
        for widget in (self.bar, self.step, self.stop):
            widget.setVisible(busy)
        self.measure.setVisible(not (busy or self._complete) and bool(self._relations))

    # ---- words

    def _found(self, outcome: Outcome) -> str:
        share = outcome["recall"].get(str(K)) or outcome["recall"]["1"]
        first = K if str(K) in outcome["recall"] else 1
        values = [round(100 * share[one]) for one in ("value", "low", "high")]
        if self._kinds(outcome) == ("text", "image"):
            text = self.tr("Words find their picture among the first {0}: {1} % (between {2} and {3} %)")
        elif self._kinds(outcome) == ("image", "text"):
            text = self.tr("Pictures find their words among the first {0}: {1} % (between {2} and {3} %)")
        else:
            text = self.tr("The right answer is among the first {0}: {1} % (between {2} and {3} %)")
        return text.format(first, *values)

    def _asks(self, outcome: Outcome) -> str:
        kinds = {"text": self.tr("Words"), "image": self.tr("Pictures"), "": ""}
        source, target = (kinds.get(one, one) for one in self._kinds(outcome))
        return f"{source} → {target}: {outcome['source']} → {outcome['target']}"

    def _kinds(self, outcome: Outcome) -> tuple[str, str]:
        return self._modalities.get(outcome["source"], ""), self._modalities.get(outcome["target"], "")

    def _model_row(self, one: Mapping[str, Any]) -> tuple[str | int, ...]:
        kinds = {"text": self.tr("words"), "image": self.tr("pictures")}
        modality = one["modality"] or ""
        return (
            one["name"],
            one["problem"] or "",
            kinds.get(modality, modality),
            one["dim"] or 0,
            one["vectors"],
            one["indexed"],
        )

    def _alignment_row(self, one: Mapping[str, Any]) -> tuple[str | float, ...]:
        recipes = {
            "bootstrap": self.tr("names of classes"),
            "pairs": self.tr("captions"),
            "joined": self.tr("captions and names of classes"),
        }
        name = f"{one['name']} ({', '.join(one['models'])})"
        learned = recipes.get(one["recipe"], one["recipe"])
        return name, learned, one["created"][:10], one["pairs"], one["distance"]
