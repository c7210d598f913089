from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PyQt5.QtWidgets import QApplication, QMainWindow, QMessageBox
from pytestqt.qtbot import QtBot

from aptl3.gui.jobs import closing as module
from aptl3.gui.jobs.closing import Closing
from aptl3.gui.service import Service
from aptl3.records.job import JobState
from tests.gui.jobs.situations import job, situation


class Told(Service):
    """A service that notes what it is asked to interrupt."""

    interrupted: Sequence[int] = ()
    then: Callable[[], None]

    def interrupt(self, jobs: Sequence[int], then: Callable[[], None]) -> None:
        self.interrupted, self.then = jobs, then


@pytest.fixture
def service(qapp: QApplication, tmp_path: Path) -> Told:
    return Told(tmp_path)


@pytest.fixture
def closing(qtbot: QtBot, service: Told) -> Iterator[Closing]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    yield Closing(service, window)


def press(closing: Closing, words: str) -> None:
    assert isinstance(closing.question, QMessageBox)
    [button] = [one for one in closing.question.buttons() if one.text() == words]
    button.click()


def test_without_a_job_nobody_is_asked(closing: Closing, service: Told) -> None:
    assert closing.allows()
    service.situation = situation(job(state=JobState.PAUSED))
    assert closing.allows() and closing.question is None


def test_a_job_goes_on_by_itself(qtbot: QtBot, closing: Closing, service: Told) -> None:
    service.situation = situation(job(3))
    assert not closing.allows()
    assert not closing.allows()  # one question, however often
    assert closing.question is not None and closing.question.isVisible()
    with qtbot.waitSignal(closing.decided):
        press(closing, "&Go on reading")
    assert closing.allows() and service.interrupted == ()


def test_a_job_rests_when_the_supervisor_knows(qtbot: QtBot, closing: Closing, service: Told) -> None:
    service.situation = situation(job(3), job(4, JobState.QUEUED))
    closing.allows()
    with qtbot.assertNotEmitted(closing.decided):
        press(closing, "&Stop for now")
    assert service.interrupted == [3, 4]
    with qtbot.waitSignal(closing.decided):
        service.then()
    assert closing.allows()


def test_a_supervisor_that_does_not_answer_holds_no_window(
    qtbot: QtBot, closing: Closing, service: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 20)
    service.situation = situation(job(3))
    closing.allows()
    with qtbot.waitSignal(closing.decided):
        press(closing, "&Stop for now")
    with qtbot.assertNotEmitted(closing.decided):
        service.then()


def test_one_may_stay(qtbot: QtBot, closing: Closing, service: Told) -> None:
    service.situation = situation(job(3))
    closing.allows()
    with qtbot.assertNotEmitted(closing.decided):
        press(closing, "&Keep the window open")
    assert not closing.allows()  # the next time one is asked again
