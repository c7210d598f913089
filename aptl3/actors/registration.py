"""Which models' vectors may be stored: asked of the extractor, settled by the writer, once for a supervisor.

Guarantees: no vector is committed before the model that made it has shown who it is and the library has agreed, so
vectors are never mixed. Commits that come earlier are held; when the library disagrees they are dropped, and the
durable queue still has their items.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from aptl3.actors import messages as m
from aptl3.actors.flow import Step
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.records.model import ModelSpec


class Verdict(Enum):
    GO = "go"
    WAIT = "wait"
    DROP = "drop"


class Registration:
    """Registers ``models``, by name, with the library."""

    def __init__(self, runner: Runner, models: Mapping[str, ModelSpec]) -> None:
        self._runner = runner
        self._models = models
        self._asked = False
        self._agreed: set[str] = set()
        self._held: list[Step] = []

    def ask(self) -> None:
        """Asks the models who they are, unless that is done or under way."""
        if not self._asked:
            self._asked = True
            for name in self._models:
                self._runner.submit("extractor", ("identify", name), m.Identify(name), front=True)

    def judge(self, step: Step) -> Verdict:
        """Whether a step may be handed out now. One that has to wait is kept, and comes back from ``take_in``."""
        if not isinstance(step.task, m.Commit) or {name for name, _ in step.task.vectors} <= self._agreed:
            return Verdict.GO
        if not self._asked:
            return Verdict.DROP
        self._held.append(step)
        return Verdict.WAIT

    def take_in(self, kind: str, model: str, outcome: Outcome) -> list[Step]:
        """An answer of the extractor ("identify") or of the writer ("model"). Returns steps to judge again. After a
        refusal the models will be asked anew by the next job."""
        if outcome.refused is not None:
            self._asked = False
        elif kind == "identify":
            self._runner.submit("writer", ("model", model), m.AddModel(self._models[model], outcome.value), prompt=True)
            return []
        else:
            self._agreed.add(model)
        held, self._held = self._held, []
        return held
