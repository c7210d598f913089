"""Quality is read and measured by a real process, over a library of made-up vectors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PyQt5.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from aptl3.errors import LibraryOlder
from aptl3.fitting import bootstrap, fit
from aptl3.gui.quality.measuring import Measuring
from aptl3.gui.quality.page import QualityPage
from aptl3.records.model import ModelRef
from aptl3.records.relation import Caption
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import FOLDER, make
from tests.gui.library import add
from tests.older import make_older

LONG = 30_000


@pytest.fixture
def page(qapp: QApplication, qtbot: QtBot, root: Path) -> Iterator[QualityPage]:
    """Not shown yet."""
    measuring = Measuring(root)
    page = QualityPage(measuring)
    qtbot.addWidget(page)
    page.resize(900, 700)
    yield page
    measuring.stop()


def shown(qtbot: QtBot, page: QualityPage) -> None:
    with qtbot.waitSignal(page.measuring.ended, timeout=LONG):
        page.show()


def column(page: QualityPage, name: str, column: int = 0) -> list[str]:
    sheet = getattr(page, name)
    return [sheet.item(row, column).text() for row in range(sheet.rowCount())]


def test_without_captions_there_is_nothing_to_judge_by(qtbot: QtBot, page: QualityPage, writer: Writer) -> None:
    add(writer, 3)
    shown(qtbot, page)
    assert page.headline.text() == "Nothing to judge by yet"
    assert column(page, "models") == ["efficientnet-lite0", "all-minilm-l6-v2"]
    assert not page.measure.isVisible() and not page.chart.isVisible()
    assert page.models.isVisible() and not page.relations.isVisible()  # no table without rows
    assert "None yet." in [one.text() for one in page.findChildren(QLabel) if one.isVisible()]


def test_without_a_library_there_is_nothing_either(qtbot: QtBot, page: QualityPage) -> None:
    shown(qtbot, page)
    assert page.headline.text() == "Nothing to judge by yet"
    assert not page.measure.isVisible() and not page.models.isVisible()


def test_to_look_at_an_older_library_leaves_it_as_it_is(qtbot: QtBot, page: QualityPage, root: Path) -> None:
    make_older(root)
    shown(qtbot, page)
    assert page.headline.text() == "Nothing could be measured" and "older aptl3" in page.sentence.text()
    with pytest.raises(LibraryOlder):
        Store.open(root)


@pytest.fixture
def captioned(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """150 pictures with two captions each, and an alignment of both models."""
    monkeypatch.setattr(bootstrap, "classes_of", lambda models, cache: [])  # made-up models have none
    make(writer, 150)
    refs = [ModelRef("pictures"), ModelRef("texts")]
    record = fit.fit_alignment(writer, refs, 1, cache=Path("/none"), recipe="pairs", name="mine")
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(record)
    return writer


def test_it_is_measured_when_somebody_asks_and_shown_the_next_time(
    qtbot: QtBot, page: QualityPage, captioned: Writer, root: Path
) -> None:
    shown(qtbot, page)
    assert page.headline.text() == "Not measured yet"
    assert (column(page, "relations"), column(page, "relations", 4)) == (["captions"], ["300"])
    assert (column(page, "alignments"), column(page, "alignments", 1)) == (["mine (pictures, texts)"], ["captions"])
    measuring = page.measuring
    with qtbot.waitSignal(measuring.ended, timeout=LONG):
        page.measure.click()
        assert page.stop.isVisible() and page.bar.isVisible() and not page.measure.isVisible()
    assert page.headline.text().startswith("Words find their picture among the first 5: ")
    assert page.sentence.text().endswith(", 150 to choose from. Best: mine.")
    assert page.chart.isVisible() and not page.measure.isVisible() and not page.bar.isVisible()
    assert page.direction.count() == 2
    page.direction.setCurrentIndex(1)
    assert page.headline.text().startswith("Pictures find their words among the first 5: ")
    page.hide()
    shown(qtbot, page)  # again: nothing is measured, all is kept
    assert page.chart.isVisible() and page.direction.currentIndex() == 1
    add(captioned, 2)  # the pictures' model has not seen these: all is as it was
    with captioned.checkpoint() as checkpoint:
        checkpoint.remove_alignment(captioned.alignments()[0].id)
    page.look()
    qtbot.waitUntil(lambda: page.headline.text() == "Nothing could be measured", timeout=LONG)
    assert "no way leads there" in page.sentence.text() and not page.chart.isVisible()


def test_other_captions_are_chosen(qtbot: QtBot, page: QualityPage, captioned: Writer) -> None:
    with captioned.checkpoint() as checkpoint:
        checkpoint.relate("few", "here", [Caption(f"{FOLDER}/00000.jpg", "a single one")])
    shown(qtbot, page)
    assert [page.relation.itemText(at) for at in range(page.relation.count())] == ["captions", "few"]
    page.relation.setCurrentIndex(1)
    with qtbot.waitSignal(page.measuring.ended, timeout=LONG):
        page.relation.activated.emit(1)
    assert page.relation.currentText() == "few"
    assert "too few to judge by" in page.sentence.text()


def test_a_measurement_is_stopped(qtbot: QtBot, page: QualityPage, captioned: Writer) -> None:
    shown(qtbot, page)
    before = children()
    page.measure.click()
    qtbot.waitUntil(lambda: children() > before)
    with qtbot.waitSignal(page.measuring.ended):
        page.stop.click()
    assert not page.measuring.busy and children() == before
    assert page.measure.isVisible() and not page.bar.isVisible()


def children() -> set[int]:
    return {one.pid for one in psutil.Process().children()}


def test_a_process_that_dies_is_said(qtbot: QtBot, page: QualityPage, captioned: Writer) -> None:
    before = children()
    page.show()
    qtbot.waitUntil(lambda: children() > before)
    with qtbot.waitSignal(page.measuring.ended, timeout=LONG):
        for one in children() - before:
            psutil.Process(one).kill()
    assert page.headline.text() == "Nothing could be measured" and "unexpectedly" in page.sentence.text()


def test_it_ends_when_the_window_is_gone(root: Path, captioned: Writer) -> None:
    """A window that is killed closes its end of the pipe."""
    code = "import sys; from aptl3.gui.quality.child import _end_with_parent; _end_with_parent()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 1


def test_qt_is_not_loaded_to_measure(root: Path) -> None:
    code = "import sys, aptl3.gui.quality.child; sys.exit('PyQt5' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
