"""Items under way, worked on by the plan of the moment.

Owns the plan, the flow of items by it, and the registration of its models; hands their steps to the stages. Guarantees:
the plan changes only while nothing is under way, and a model that is no more is open nowhere afterwards; a file that
kills the extractor is given up, while what is not the files' fault is told as a trouble of the whole job.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aptl3.actors.flow import FATAL, Flow, Step, concerns_job
from aptl3.actors.plan import plan
from aptl3.actors.registration import Registration
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.runner import Runner
from aptl3.config import MIB, Settings
from aptl3.errors import ModelUnavailable
from aptl3.records.media import Products
from aptl3.records.store import QueueItem
from aptl3.storage.store import Store

# Files that wait for a decoder take memory whose every new page costs a fault: for a photograph of 12 megapixels more
# than reading and hashing it. So loaders are no further ahead than so many bytes, or so few files.
READ_AHEAD = 32 * MIB
FEW = 8  # for one that may be ahead, so many may be open

CRASHES = 8  # of the extractor, over one file after the other


class Workshop:
    """``trouble`` is told, in one line, what concerns the whole job; ``last`` says whether nothing more will be
    admitted, so that what is under way need not wait for company that will not come."""

    def __init__(
        self,
        store: Store,
        runner: Runner,
        pool: FramePool,
        settings: Settings,
        *,
        trouble: Callable[[str], None],
        last: Callable[[], bool],
    ) -> None:
        self._store = store
        self._runner = runner
        self._pool = pool
        self._settings = settings
        self._trouble = trouble
        self._last = last
        self._crashes = 0
        self._committed = False  # something of the current job was
        self.plan = plan(store, settings.thumbnail)
        self._registration = Registration(runner, self.plan)
        self._flow = self._new_flow()

    def __len__(self) -> int:
        """Items under way."""
        return len(self._flow)

    @property
    def quiet(self) -> bool:
        """Nothing is under way: neither an item nor the registration of a model."""
        return not len(self._flow) and not self._registration.busy

    def expect(self, modality: str) -> None:
        """Media of this kind will probably come."""
        self._registration.expect(modality)

    def renew(self) -> None:
        """Takes up the models that the library has now. Extractors that may have one open that is no more are let go;
        whoever works on a job scales them up again."""
        self._committed = False
        before = self.plan.refs.keys()
        self.plan = plan(self._store, self._settings.thumbnail)
        self._registration.renew(self.plan)
        self._flow = self._new_flow()
        if before - self.plan.refs.keys():
            self._runner.scale("extractor", 0)

    def wants(self, settings: Settings) -> bool:
        """Whether more items should be begun with."""
        count, size = self._flow.ahead
        hands = settings.workers["loader"] + settings.workers["decoder"]
        few = max(2 * hands, settings.open_items // FEW)  # everybody has one, and the next one waits for him
        return len(self._flow) < settings.open_items and (size < READ_AHEAD or count < few)

    def admit(self, job: int, item: QueueItem) -> bool:
        """Begins with an item; False while there is no room for it."""
        steps = self._flow.admit(job, item)
        self._submit(steps or [])
        return steps is not None

    def take_in(self, outcome: Outcome) -> None:
        """An outcome of one of an item's steps."""
        if outcome.stage == "extractor":
            self._watch(outcome)
        self._submit(self._flow.outcome(outcome))

    def registered(self, kind: str, model: str, outcome: Outcome) -> None:
        """An outcome on the way of a model into the library. What waited for it goes on, or stays in the durable
        queue."""
        steps = self._registration.take_in(kind, model, outcome)
        if outcome.refused is None:
            self._submit(steps)
            return
        if steps:
            self._trouble(outcome.refused.error)
        refused = replace(outcome.refused, reason=ModelUnavailable.__name__)  # whatever it was: no file is to blame
        for step in steps:
            self._submit(self._flow.outcome(Outcome(step.stage, step.key, refused=refused)))

    def _new_flow(self) -> Flow:
        return Flow(self._pool, self._lacking, self.plan, max_file_bytes=self._settings.max_file_bytes)

    def _lacking(self, hash: bytes, modality: str) -> Products:
        return self._store.lacking(hash, self.plan.wanted, modality)[1]

    def _submit(self, steps: Sequence[Step]) -> None:
        last = bool(steps) and self._last()
        for step in steps:
            if not self._registration.holds(step):
                self._runner.submit(step.stage, step.key, step.task, prompt=last or self._first(step))

    def _first(self, step: Step) -> bool:
        """Whether this is the first of a job to be committed: whoever began it sees at once that it goes on."""
        first = step.stage == "writer" and not self._committed
        self._committed = self._committed or first
        return first

    def _watch(self, outcome: Outcome) -> None:
        """An extractor that dies of every file is not the files' fault."""
        refused = outcome.refused
        self._crashes = self._crashes + 1 if refused is not None and refused.reason in FATAL else 0
        if refused is not None and concerns_job(refused):
            self._trouble(refused.error)
        elif refused is not None and self._crashes >= CRASHES:
            self._trouble(f"The extractor fails with every file: {refused.error}")
