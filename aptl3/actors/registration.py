"""Models that the library does not know yet: asked of the extractor who they are, registered by the writer, once.

Guarantees: nothing is embedded by a model before the library has a row for it. So every extractor, whenever it opens a
model, finds what to prove itself against, and vectors are never mixed. Embeddings that come earlier are held; when the
library refuses the model they are given back, and the durable queue still has their items.
"""

from __future__ import annotations

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors.flow import Step
from aptl3.actors.plan import Plan
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner


class Registration:
    """Registers the models of the plan that the library does not know, each when it is needed first."""

    def __init__(self, runner: Runner, plan: Plan) -> None:
        self._runner = runner
        self._asked: set[str] = set()  # without a last answer
        self._held: dict[str, list[Step]] = {}
        self.renew(plan)

    @property
    def busy(self) -> bool:
        """A model is being asked, or is about to be registered."""
        return bool(self._asked)

    def renew(self, plan: Plan) -> None:
        """There may be other models; nothing is held."""
        self._plan = plan
        self._known = set(plan.registered)

    def expect(self, modality: str) -> None:
        """Has models opened that will probably be needed, while the first files are still looked for: half a second
        that a job has its first vectors earlier. What goes wrong counts when they are needed."""
        for name, spec in self._plan.models.items():
            if spec.modality == modality:
                self._ask(name)

    def holds(self, step: Step) -> bool:
        """Whether a step has to wait; then it is kept, and comes back from ``take_in``."""
        if not isinstance(step.task, m.Embed) or step.task.model in self._known:
            return False
        self._held.setdefault(step.task.model, []).append(step)
        self._ask(step.task.model)
        return True

    def take_in(self, kind: str, model: str, outcome: Outcome) -> list[Step]:
        """An answer of the extractor ("identify") or of the writer ("model"). Returns the steps that may go now, or
        that cannot, when the outcome is a refusal."""
        if kind == "identify" and outcome.refused is None and self._wants(model):
            introduced = r.Introduced(self._plan.models[model], outcome.value)
            self._runner.submit("writer", ("model", model), r.AddModels((introduced,)), prompt=True)
            return []
        self._asked.discard(model)
        if kind == "model" and outcome.refused is None:
            self._known.add(model)
        return self._held.pop(model, [])

    def _ask(self, model: str) -> None:
        if model not in self._asked:
            self._asked.add(model)
            self._runner.submit("extractor", ("identify", model), m.Identify(model), front=True, prompt=True)

    def _wants(self, model: str) -> bool:
        return model in self._plan.models and model not in self._known
