from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.errors import Aptl3Error, LibraryMissing
from aptl3.gui.worker import Urgency, Worker

Things = list[str]


class Log:
    """What happened, in which thread."""

    def __init__(self) -> None:
        self.opened: list[Things] = []
        self.closed: list[Things] = []
        self.threads: set[int] = set()
        self.answers: list[object] = []

    def open(self) -> Things:
        self.threads.add(threading.get_ident())
        self.opened.append([])
        return self.opened[-1]

    def close(self, things: Things) -> None:
        self.threads.add(threading.get_ident())
        self.closed.append(things)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def worker(qapp: QApplication, log: Log) -> Iterator[Worker[Things]]:
    worker: Worker[Things] = Worker("test", log.open, log.close)
    worker.start()
    yield worker
    assert worker.stop()


def test_work_is_done_elsewhere_and_answered_here(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    here = threading.get_ident()

    def work(things: Things) -> int:
        return threading.get_ident()

    def then(thread: object) -> None:
        assert threading.get_ident() == here
        log.answers.append(thread)

    worker.do("a", work, then)
    qtbot.waitUntil(lambda: len(log.answers) == 1)
    assert log.answers == list(log.threads) != [here]
    assert worker.stop()
    assert log.closed == log.opened and log.threads == set(log.answers)


def test_only_the_newest_of_a_key_is_worked_on(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    gate = threading.Event()
    worked: list[int] = []
    worker.do("gate", lambda _: gate.wait(10), log.answers.append)
    for number in range(5):
        worker.do("a", partial(lambda number, _: worked.append(number), number), lambda _: log.answers.append("a"))
    worker.do("b", lambda _: worked.append(99), log.answers.append)
    worker.drop("b")
    worker.do("end", lambda _: "end", log.answers.append, urgency=Urgency.LATER)
    gate.set()
    qtbot.waitUntil(lambda: "end" in log.answers)
    assert (worked, log.answers) == ([4], [True, "a", "end"])


def test_an_answer_that_comes_too_late_is_dropped(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    done = threading.Event()
    worker.do("a", lambda _: done.set(), lambda _: log.answers.append("old"))
    assert done.wait(10)
    worker.do("a", lambda _: None, lambda _: log.answers.append("new"))
    qtbot.waitUntil(lambda: log.answers == ["new"])


def test_what_was_done_of_a_late_one_is_kept(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    done = threading.Event()
    worker.do("a", lambda _: done.set(), lambda _: log.answers.append("old"), late=True)
    assert done.wait(10)
    worker.do("a", lambda _: None, lambda _: log.answers.append("new"))
    qtbot.waitUntil(lambda: log.answers == ["old", "new"])


def test_the_urgent_comes_between_the_steps_of_the_long(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    first, gate = threading.Event(), threading.Event()

    def steps(_: Things) -> Iterator[int | None]:
        first.set()
        gate.wait(10)
        yield 1
        yield None  # a step without an answer
        yield 2

    worker.do("long", steps, log.answers.append, urgency=Urgency.LATER)
    assert first.wait(10)
    worker.do("short", lambda _: "short", log.answers.append, urgency=Urgency.NOW)
    gate.set()
    qtbot.waitUntil(lambda: len(log.answers) == 3)
    assert log.answers == [1, "short", 2]


def test_an_outdated_long_one_stops(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    ended = threading.Event()

    def steps(_: Things) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1
            if ended.is_set():
                raise AssertionError

    worker.do("long", steps, log.answers.append)
    qtbot.waitUntil(lambda: len(log.answers) > 2)
    worker.drop("long")
    worker.do("other", lambda _: "other", log.answers.append, urgency=Urgency.LATER)
    qtbot.waitUntil(lambda: "other" in log.answers)
    ended.set()
    assert log.answers[-1] == "other"


def refuse(_: Things) -> None:
    raise LibraryMissing("it is not there")


def test_an_error_is_told_and_the_next_task_opens_anew(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    errors: list[Aptl3Error] = []
    with qtbot.waitSignal(worker.failed) as failed:
        worker.do("a", refuse, log.answers.append)
    assert failed.args == ["it is not there"]
    assert log.closed == log.opened
    worker.do("a", refuse, log.answers.append, otherwise=errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    worker.do("a", lambda things: len(log.opened), log.answers.append)
    qtbot.waitUntil(lambda: log.answers == [3])


def test_what_cannot_be_opened_is_tried_again(qtbot: QtBot, qapp: QApplication, log: Log) -> None:
    broken = [True]

    def open() -> Things:
        if broken:
            raise LibraryMissing("not yet")
        return log.open()

    worker: Worker[Things] = Worker("test", open, log.close)
    worker.start()
    with qtbot.waitSignal(worker.failed):
        worker.do("a", len, log.answers.append)
    broken.clear()
    worker.do("a", len, log.answers.append)
    qtbot.waitUntil(lambda: log.answers == [0])
    assert worker.stop()


def test_a_long_task_begins_again_when_another_one_failed(qtbot: QtBot, worker: Worker[Things], log: Log) -> None:
    first, gate = threading.Event(), threading.Event()

    def steps(things: Things) -> Iterator[int]:
        yield len(log.opened)
        first.set()
        gate.wait(10)
        yield -len(log.opened)

    worker.do("long", steps, log.answers.append, urgency=Urgency.LATER)
    assert first.wait(10)
    worker.do("bad", refuse, log.answers.append, urgency=Urgency.NOW)
    gate.set()
    qtbot.waitUntil(lambda: log.answers[-1:] == [-2])
    assert log.answers in ([1, -1, 2, -2], [1, 2, -2])


def test_a_bug_goes_to_the_hook_and_work_goes_on(
    qtbot: QtBot, worker: Worker[Things], log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: bugs.append(error))
    worker.do("a", lambda _: 1 / 0, log.answers.append)
    worker.do("b", lambda _: "fine", log.answers.append)
    qtbot.waitUntil(lambda: log.answers == ["fine"])
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]


def test_stopping_waits_for_the_step_under_way_only(qapp: QApplication, log: Log) -> None:
    worker: Worker[Things] = Worker("test", log.open, log.close)
    assert worker.stop()  # never started
    worker.start()
    started = threading.Event()

    def steps(_: Things) -> Iterator[int]:
        while True:
            started.set()
            yield 1

    worker.do("a", steps, log.answers.append)
    assert started.wait(10)
    assert worker.stop()
    assert log.closed == log.opened


def test_a_thread_that_hangs_is_said(qapp: QApplication, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.gui.worker.STOP_DEADLINE", 50)
    worker: Worker[Things] = Worker("test", log.open, log.close)
    worker.start()
    gate, started = threading.Event(), threading.Event()
    worker.do("a", lambda _: (started.set(), gate.wait(10)), log.answers.append)
    assert started.wait(10)
    assert not worker.stop()
    gate.set()
    assert worker._thread.wait(5000)
