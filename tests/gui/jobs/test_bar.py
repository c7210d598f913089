from __future__ import annotations

import pytest
from PyQt5.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from aptl3.gui.jobs import bar as module
from aptl3.gui.jobs.bar import JobBar
from aptl3.records.job import JobState
from tests.gui.jobs.situations import HOLIDAY, job, situation


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bar(qapp: QApplication, qtbot: QtBot, clock: Clock) -> JobBar:
    bar = JobBar(clock)
    qtbot.addWidget(bar)
    bar.resize(900, 30)
    bar.show()
    bar.show_situation(situation())
    return bar


def offered(bar: JobBar) -> list[str]:
    return [one.accessibleName() for one in bar.findChildren(QToolButton) if one.isVisible()]


def test_nothing_is_shown_while_nothing_goes_on(bar: JobBar) -> None:
    assert not bar.isVisible()
    bar.show_situation(situation(expecting=True))
    assert bar.isVisible() and bar.what.text() == "Starting…" and offered(bar) == []
    assert bar.bar.maximum() == 0  # no telling how long
    bar.show_situation(situation())
    assert not bar.isVisible()


def test_a_job_under_way_is_described(bar: JobBar, clock: Clock) -> None:
    bar.show_situation(situation(job(folders=1)))
    assert (bar.what.text(), bar.how.text()) == ("Holiday", "looking for files")
    assert bar.bar.maximum() == 0
    bar.show_situation(situation(job(found=5000, pending=5000)))
    assert bar.how.text() == "getting ready · 0 of 5,000"
    clock.now = 2.0
    bar.show_situation(situation(job(found=5000, pending=4800, unchanged=1200, folders=2)))
    assert bar.how.text() == "200 of 5,000 · 100/s · more than 48 s left · 1,200 unchanged"
    clock.now = 4.0
    bar.show_situation(situation(job(found=50_000, pending=49_600, failed=3)))
    assert bar.how.text() == "400 of 50,000 · 100/s · 8 min left"
    assert (bar.bar.maximum(), bar.bar.value()) == (1000, 8)
    assert bar.failures.text() == "3"
    assert offered(bar) == [
        "Show the files that could not be read",
        "Pause",
        "Cancel; what was read is kept",
    ]
    bar.show_situation(situation(job(found=50_000, pending=49_000)))
    clock.now = 100.0
    bar.show_situation(situation(job(found=50_000, pending=48_999)))
    bar.show_situation(situation(job(found=50_000)))
    assert bar.how.text().startswith("finishing · 50,000 of 50,000")
    assert (bar.accessibleName(), bar.accessibleDescription()) == (bar.what.text(), bar.how.text())


def test_slow_and_long_jobs_are_described(bar: JobBar, clock: Clock) -> None:
    bar.show_situation(situation(job(found=100_000, pending=100_000)))
    clock.now = 10.0
    bar.show_situation(situation(job(found=100_000, pending=99_975)))
    assert bar.how.text() == "25 of 100,000 · 2.5/s · 11 h 6 min left"


def test_jobs_that_wait_and_rest(bar: JobBar) -> None:
    several = ("/a/One", "/a/Two")
    bar.show_situation(situation(job(state=JobState.QUEUED, paths=several), job(2, JobState.PAUSED)))
    assert (bar.what.text(), bar.how.text()) == ("One and more", "waiting · 1 more job")
    paused = job(2, JobState.PAUSED, found=10, pending=4)
    bar.show_situation(situation(paused))
    assert (bar.what.text(), bar.how.text()) == ("Holiday", "paused · 6 of 10")
    assert offered(bar) == ["Go on", "Cancel; what was read is kept"]
    bar.show_situation(situation(job(2, JobState.INTERRUPTED, error="The disk is full: make room.")))
    assert bar.how.text() == "The disk is full: make room."
    bar.show_situation(situation(job(2, JobState.INTERRUPTED), job(1, JobState.PAUSED), job(3, JobState.PAUSED)))
    assert bar.how.text() == "interrupted · 2 more jobs"


@pytest.mark.parametrize(
    ("paths", "title"),
    [
        ((), "What is lacking"),
        (("data:,",), "Texts"),
        (("/",), "/"),
        ((HOLIDAY + "/",), "Holiday"),
    ],
)
def test_what_is_read_has_a_name(bar: JobBar, paths: tuple[str, ...], title: str) -> None:
    bar.show_situation(situation(job(paths=paths)))
    assert bar.what.text() == title


def test_what_the_user_wants_is_told(bar: JobBar, qtbot: QtBot) -> None:
    bar.show_situation(situation(job(7, found=5, failed=1)))
    with qtbot.waitSignal(bar.paused) as paused:
        bar.pause.click()
    with qtbot.waitSignal(bar.cancelled) as cancelled:
        bar.cancel.click()
    with qtbot.waitSignal(bar.failures_wanted):
        bar.failures.click()
    bar.show_situation(situation(job(8, JobState.PAUSED)))
    with qtbot.waitSignal(bar.resumed) as resumed:
        bar.resume.click()
    assert (paused.args, cancelled.args, resumed.args) == ([7], [7], [8])


def test_what_came_of_a_job_is_said_for_a_while(bar: JobBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAYS", 50)
    over = job(state=JobState.DONE, found=1300, added=1200, duplicates=40, unchanged=7, failed=60)
    bar.show_end(over)
    assert bar.isVisible()
    assert bar.how.text() == "done · 1,200 added · 40 known already · 7 unchanged"
    assert offered(bar) == ["Show the files that could not be read"] and not bar.bar.isVisible()
    qtbot.waitUntil(lambda: not bar.isVisible())
    bar.show_end(job(state=JobState.CANCELLED, added=1))
    assert bar.how.text() == "cancelled · 1 added"
    bar.show_situation(situation(job(2, found=2, pending=2)))  # something else goes on
    assert bar.how.text() == "getting ready · 0 of 2"
    bar.show_end(job(state=JobState.DONE, paths=(), added=0, error="A model is lacking."))
    assert bar.how.text() == "getting ready · 0 of 2"
