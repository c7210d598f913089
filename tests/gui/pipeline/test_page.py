from __future__ import annotations

import pytest
from PyQt5.QtCore import QRect, Qt
from PyQt5.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from aptl3.gui.connection import Situation, Stage
from aptl3.gui.pipeline.page import PipelinePage
from tests.gui.hands import TEST, painted, press_keys
from tests.gui.jobs.situations import job, stage

WORKERS = {"loader": 1, "decoder": 4, "extractor": 1, "thumbnailer": 1, "writer": 1}


@pytest.fixture
def page(qapp: QApplication, qtbot: QtBot) -> PipelinePage:
    page = PipelinePage()
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    return page


def working(slow: str | None = "extractor") -> Situation:
    stages: dict[str, Stage] = {}
    for name, count in {**WORKERS, "keeper": 0}.items():
        busy, waiting = (0.97, 40) if name == slow else (0.2, 1)
        fill = (waiting + 1) / 96
        stages[name] = stage(100, waiting, 1, count, count, 0, per_second=118.4, busy=busy, fill=fill)
    return Situation((job(found=9, pending=5),), (), stages, WORKERS, limiting=slow)


def test_at_rest_it_says_so(page: PipelinePage) -> None:
    page.show_situation(Situation(workers=WORKERS))
    assert page.sentence.text() == "Nothing is being read"
    assert {card.rate.text() for card in page.diagram.cards.values()} == {"–"}
    stepper = page.diagram.cards["decoder"].workers
    assert stepper is not None and stepper.number.value() == 4


def test_the_stage_that_holds_the_others_back_is_marked(page: PipelinePage) -> None:
    page.show_situation(Situation(workers=WORKERS))
    before = painted(page)
    page.show_situation(working())
    assert page.sentence.text() == "The extractor holds the others back"
    assert "busy 97 %" in page.hint.text() and "More workers" in page.hint.text()
    marked = [name for name, card in page.diagram.cards.items() if card.property("limiting")]
    assert marked == ["extractor"]
    card = page.diagram.cards["extractor"]
    assert (card.rate.text(), card.state.text(), card.busy.value()) == ("118/s", "97 % busy", 97)
    assert card.accessibleDescription() == "118/s, 97 % busy"
    assert painted(page) != before
    page.show_situation(Situation(workers=WORKERS))
    assert not card.property("limiting") and painted(page) == before


def test_a_disk_is_not_helped_by_more_writers(page: PipelinePage) -> None:
    page.show_situation(working("writer"))
    assert "one writer" in page.hint.text()
    page.show_situation(working(None))
    assert page.sentence.text() == "No stage holds the others back"


def test_workers_that_start_and_restart_are_told(page: PipelinePage) -> None:
    some = working()
    assert some.stages is not None
    stages = {**some.stages, "decoder": stage(workers=4, ready=1), "loader": stage(restarts=2)}
    page.show_situation(Situation(some.jobs, (), stages, WORKERS))
    assert page.diagram.cards["decoder"].state.text() == "0 % busy, starting…"
    assert page.diagram.cards["loader"].state.text() == "0 % busy, 2 restarts"


def test_worker_counts_are_changed(qtbot: QtBot, page: PipelinePage) -> None:
    page.show_situation(Situation(workers=WORKERS))
    stepper = page.diagram.cards["extractor"].workers
    assert stepper is not None and not stepper.fewer.isEnabled()
    with qtbot.waitSignal(page.workers_wanted) as wanted:
        stepper.more.click()
    assert wanted.args == ["extractor", 2] and stepper.number.text() == "2 workers"
    with qtbot.waitSignal(page.workers_wanted) as wanted:
        stepper.fewer.click()
    assert wanted.args == ["extractor", 1] and stepper.number.text() == "1 worker"
    press_keys(page, "Alt+2")  # the decoder's
    decoder = page.diagram.cards["decoder"].workers
    assert decoder is not None
    qtbot.waitUntil(decoder.number.hasFocus)
    decoder.number.selectAll()
    with qtbot.assertNotEmitted(page.workers_wanted):
        TEST.keyClicks(decoder.number, "12")  # not until it is said that it is all
        page.show_situation(Situation(workers=WORKERS))
        assert "12" in decoder.number.text()
    with qtbot.waitSignal(page.workers_wanted) as wanted:
        TEST.keyClick(decoder.number, Qt.Key.Key_Return)
    assert wanted.args == ["decoder", 12]


def test_the_writer_is_one(page: PipelinePage) -> None:
    assert page.diagram.cards["writer"].workers is None


def test_everything_fits_and_nothing_overlaps(qtbot: QtBot, page: PipelinePage) -> None:
    [area] = page.findChildren(QScrollArea)
    for width in (720, 1000, 1900):
        page.resize(width, 600)
        for bar in (area.horizontalScrollBar(), area.verticalScrollBar()):
            assert bar is not None and bar.maximum() == 0
        cards = list(page.diagram.cards.values())
        for card in cards:
            assert page.diagram.rect().contains(card.geometry())
            assert not any(card.geometry().intersects(other.geometry()) for other in cards if other is not card)
            assert card.width() >= card.sizeHint().width()


def test_what_waits_is_seen_between_stages_in_a_narrow_window_too(page: PipelinePage) -> None:
    page.resize(720, 600)
    cards, before = page.diagram.cards, painted(page.diagram)
    page.show_situation(working("decoder"))
    above, below = cards["loader"].geometry(), cards["decoder"].geometry()
    assert above.left() == below.left() and above.bottom() < below.top()
    between = QRect(above.bottomLeft(), below.topRight()).adjusted(0, 1, 0, -1)
    assert painted(page.diagram).copy(between) != before.copy(between)
