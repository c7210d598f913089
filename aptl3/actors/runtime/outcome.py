"""What comes out of a supervisor: the outcome of a task, and the end of a stage."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from aptl3.actors.runtime.spec import Refused


class Outcome(NamedTuple):
    """The one outcome of a task: a value, or a refusal. No living process works on the task any more, so its frames
    may be freed, unless it is ``stuck``."""

    stage: str
    key: Hashable
    value: Any = None
    refused: Refused | None = None
    # Its process was killed but is asleep in the kernel (a dead drive). Never free the frames of this task: a read
    # that ends one day may still write to them.
    stuck: bool = False


class Escalated(Exception):
    """A stage can't be kept alive, or its build() or run() raised what it can't go on after.

    ``error`` is the exception that was raised in the worker, where there is one that can be pickled; ``detail`` its
    traceback.
    """

    def __init__(self, stage: str, text: str, error: Exception | None = None, detail: str = "") -> None:
        super().__init__(f"stage {stage}: {text}")
        self.stage = stage
        self.text = text
        self.error = error
        self.detail = detail
