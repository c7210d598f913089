"""What the writer is asked to do that belongs to no item, and who waits for the answer.

An operation goes to the writer at once. A change, of the models or of what media there are, waits in a line until its
owner says that nothing is in flight.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from aptl3.actors import requests as r
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.actors.upkeep import Reply, answer_of
from aptl3.errors import Aptl3Error


class _Change(NamedTuple):
    operation: Callable[[], r.WriterOperation]  # made when its moment has come
    reply: Reply
    rest: bool  # the keeper must be at rest too


class Operations:
    """Replies are called with the writer's answer, or with the error that it refused with."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._numbers = itertools.count(1)
        self._replies: dict[int, Reply] = {}
        self._changes: deque[_Change] = deque()
        self._changing = False  # one is with the writer

    @property
    def unanswered(self) -> bool:
        return bool(self._replies)

    @property
    def changes(self) -> bool:
        """A change waits for its moment."""
        return bool(self._changes)

    def due(self, *, at_rest: bool) -> bool:
        """Whether nothing may be begun: a change is with the writer, or the next waits for nothing but that what is in
        flight comes to its end; the keeper is ``at_rest`` or not."""
        return self._changing or (bool(self._changes) and (at_rest or not self._changes[0].rest))

    def operate(self, operation: r.WriterOperation, reply: Reply = lambda answer: None) -> None:
        number = next(self._numbers)
        self._replies[number] = reply
        self._runner.submit("writer", ("operation", number), operation, prompt=True)

    def take_in(self, number: int, outcome: Outcome) -> None:
        self._replies.pop(number)(answer_of(outcome))

    def change(self, operation: Callable[[], r.WriterOperation], reply: Reply, rest: bool) -> None:
        self._changes.append(_Change(operation, reply, rest))

    def change_now(self, then: Callable[[], None], *, at_rest: bool) -> None:
        """Nothing is in flight: carries out the next change if it is due. Once it is in the catalog, ``then`` is
        called before its reply."""
        if self._replies or not self.due(at_rest=at_rest):
            return
        change = self._changes.popleft()
        self._changing = True

        def done(answer: Any) -> None:
            self._changing = False
            then()
            change.reply(answer)

        self.operate(change.operation(), done)

    def give_up(self, error: Aptl3Error) -> None:
        """Those who wait for a change are told why it will not come."""
        waiting, self._changes = list(self._changes), deque()
        for change in waiting:
            change.reply(error)
