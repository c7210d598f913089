"""A thread that works for the window, one step after the other, the most urgent first.

Owns the thread and what the work needs (a store, a model, a connection), which is opened in that thread when the first
task comes. Guarantees: answers come in the interface's thread; of tasks with one key only the newest is worked on and
answered; a long task is a generator, and between its steps whatever is more urgent takes its turn. An error that the
user can mend reaches ``otherwise`` or ``failed``, and what was opened is opened anew by the next task; any other is a
bug and goes to ``sys.excepthook``.
"""

from __future__ import annotations

import heapq
import inspect
import itertools
import sys
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, TypeVar, cast

from PyQt5.QtCore import QMetaObject, QObject, Qt, QThread, pyqtSignal, pyqtSlot

from aptl3.errors import Aptl3Error

STOP_DEADLINE = 3000  # ms that a thread may go on after its window: a drive that hangs must not hold the process

Context = TypeVar("Context")
Then = Callable[[Any], None]


class Urgency(IntEnum):
    NOW = 0  # somebody looks at the place where the answer goes
    SOON = 1  # somebody asked for it
    LATER = 2  # somebody may want it next


@dataclass(order=True)
class _Task:
    urgency: Urgency
    number: int
    key: Hashable = field(compare=False)
    function: Callable[[Any], Any] = field(compare=False)
    then: Then = field(compare=False)
    otherwise: Callable[[Aptl3Error], None] | None = field(compare=False)
    late: bool = field(compare=False)
    steps: Generator[Any, None, None] | None = field(compare=False, default=None)


@dataclass(frozen=True)
class _Answer:
    task: _Task
    value: Any
    error: Aptl3Error | None = None


class Worker(QObject, Generic[Context]):
    """Lives in the interface's thread; what it is given to ``do`` runs in its own.

    Signals: ``failed(str)``: an error that nobody else took, in one line.
    """

    failed = pyqtSignal(str)
    _given = pyqtSignal(object)

    def __init__(self, name: str, open: Callable[[], Context], close: Callable[[Context], None]) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._newest: dict[Hashable, int] = {}  # read by the other thread: single reads and writes of a dict are atomic
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._inside = _Inside(open, close, self._newest)
        self._inside.moveToThread(self._thread)
        self._given.connect(self._inside.take)
        self._inside.answered.connect(self._answer)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Lets go of everything; what was not answered is not. False when the thread hangs in what it does."""
        if not self._thread.isRunning():
            return True
        self._newest.clear()
        self._inside.ended = True
        self._given.emit(None)
        return self._thread.wait(STOP_DEADLINE)

    def do(
        self,
        key: Hashable,
        function: Callable[[Context], Any],
        then: Then,
        *,
        urgency: Urgency = Urgency.SOON,
        otherwise: Callable[[Aptl3Error], None] | None = None,
        late: bool = False,
    ) -> None:
        """Runs ``function`` on what the thread owns and gives ``then`` its value here; of a generator, each value that
        is not None.

        Keys are few and stay known. A newer task of the same ``key`` outdates this one, which is then not answered any
        more; ``late``: what it has come to by then still is.
        """
        number = next(self._numbers)
        self._newest[key] = number
        self._given.emit(_Task(urgency, number, key, function, then, otherwise, late))

    def drop(self, key: Hashable) -> None:
        """Nobody waits for the task of this key any more."""
        self._newest.pop(key, None)

    def _answer(self, answer: _Answer) -> None:
        task = answer.task
        if not task.late and self._newest.get(task.key) != task.number:
            return
        if answer.error is None:
            task.then(answer.value)
        elif task.otherwise is not None:
            task.otherwise(answer.error)
        else:
            self.failed.emit(str(answer.error))


class _Inside(QObject):
    """The half that lives in the thread."""

    answered = pyqtSignal(object)

    def __init__(self, open: Callable[[], Any], close: Callable[[Any], None], newest: dict[Hashable, int]) -> None:
        super().__init__()
        self.ended = False
        self._open, self._close, self._newest = open, close, newest
        self._context: Any = None
        self._tasks: list[_Task] = []

    @pyqtSlot(object)  # without it, the slot would run where it was connected
    def take(self, task: _Task | None) -> None:
        if task is None:
            self._let_go()
            self.thread().quit()  # type: ignore[union-attr]
            return
        heapq.heappush(self._tasks, task)
        if len(self._tasks) == 1:
            self._come_back()

    @pyqtSlot()
    def _step(self) -> None:
        """One step of the most urgent task, then back to the event loop."""
        while self._tasks and self._outdated(self._tasks[0]):
            heapq.heappop(self._tasks)
        if not self._tasks or self.ended:
            return
        task = self._tasks[0]
        if not self._worked(task):
            heapq.heappop(self._tasks)
        if self._tasks:
            self._come_back()

    def _come_back(self) -> None:
        """Another step, after what was given meanwhile was taken."""
        QMetaObject.invokeMethod(self, "_step", Qt.ConnectionType.QueuedConnection)

    def _outdated(self, task: _Task) -> bool:
        return self._newest.get(task.key) != task.number

    def _worked(self, task: _Task) -> bool:
        """Whether there is more to do for it."""
        try:
            if task.steps is None:
                if self._context is None:
                    self._context = self._open()
                answer = task.function(self._context)
                if not inspect.isgenerator(answer):
                    self.answered.emit(_Answer(task, answer))
                    return False
                task.steps = cast(Generator[Any, None, None], answer)
            return self._stepped(task, task.steps)
        except Aptl3Error as error:
            self._let_go()
            self.answered.emit(_Answer(task, None, error))
        except Exception:
            sys.excepthook(*sys.exc_info())
        return False

    def _stepped(self, task: _Task, steps: Generator[Any, None, None]) -> bool:
        for value in steps:
            if value is not None:
                self.answered.emit(_Answer(task, value))
            return True
        return False

    def _let_go(self) -> None:
        context, self._context = self._context, None
        for task in self._tasks:
            if task.steps is not None:  # it begins again with what is opened next
                task.steps.close()
                task.steps = None
        if context is not None:
            self._close(context)
