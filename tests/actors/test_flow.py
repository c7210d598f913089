"""The way of items, without processes: every item is settled once, every frame comes back."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors import messages as m
from aptl3.actors.flow import Flow, Step
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.records.failure import Reason
from aptl3.records.media import DATA, Entry, FileState, PictureInfo, Products
from aptl3.records.store import QueueItem
from tests.actors.plans import PICTURES, WORDS, plan_of

INFO = PictureInfo("JPEG", 64, 48)
TEXT = PictureInfo("TEXT", 0, 0)
PARTS = [None, None, "load", "decode", "embed pictures", "embed words", "encode"]


class World:
    """A library of contents and a set of stages, all in dictionaries: ``contents`` maps an item to its hash."""

    def __init__(self, contents: dict[int, bytes], bad: dict[int, str], budget: int = 1 << 20) -> None:
        self.contents, self.bad = contents, bad
        self.pool = FramePool(capacity=4 << 20, budget=budget)
        self.library: set[bytes] = set()
        self.committed: list[m.Commit] = []
        self.failed: list[m.Fail] = []
        self.decoded: list[bytes] = []
        self.flow = Flow(self.pool, self.lacking, plan_of(PICTURES, WORDS), max_file_bytes=1 << 20)

    def lacking(self, hash: bytes, modality: str) -> Products:
        model = WORDS if modality == "text" else PICTURES
        return Products() if hash in self.library else Products((model.name,), thumbnail=True)

    def item(self, number: int, size: int = 1000) -> QueueItem:
        """Every third is a text."""
        suffix = "txt" if number % 3 == 2 else "jpg"
        return QueueItem(number, "/folder", Entry(f"{number}.{suffix}", FileState(size, 1)))

    def carry_out(self, step: Step) -> Outcome:
        part, number = step.key
        if self.bad.get(number) == part:
            return Outcome(step.stage, step.key, refused=Refused(Reason.CORRUPT.value, "no picture"))
        return Outcome(step.stage, step.key, value=self.answer(step.task, number))

    def answer(self, task: Any, number: int) -> Any:
        match task:
            case m.Load():
                return m.Loaded(task.entry.state.size, self.contents[number])
            case m.Decode():
                self.decoded.append(self.contents[number])
                return m.Decoded(INFO, 32, 24)
            case m.DecodeText():
                self.decoded.append(self.contents[number])
                return m.DecodedText(TEXT, 20)
            case m.Encode():
                return 900
            case m.Commit():
                assert bool(task.vectors) == (task.hash not in self.library)
                self.library.add(task.hash)
                self.committed.append(task)
            case m.Fail():
                self.failed.append(task)
        return None


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from(PARTS))),
    st.randoms(use_true_random=False),
)
def test_every_item_is_settled_once_in_any_order(items: list[tuple[int, str | None]], chance: random.Random) -> None:
    world = World(
        {number: bytes([content]) for number, (content, _) in enumerate(items)},
        {number: part for number, (_, part) in enumerate(items) if part},
        budget=8 << 10,
    )
    waiting = [world.item(number) for number in range(len(items))]
    steps: list[Step] = []
    while waiting or steps:
        admitted = world.flow.admit(7, waiting[0]) if waiting else None
        if admitted is not None:
            waiting.pop(0)
            steps += admitted
        if steps:
            steps += world.flow.outcome(world.carry_out(steps.pop(chance.randrange(len(steps)))))
    settled = [one.item for one in world.committed] + [one.item for one in world.failed]
    assert sorted(settled) == list(range(len(items)))
    assert (len(world.flow), world.flow.ahead) == (0, (0, 0))
    assert world.pool.in_use == 0
    good = {bytes([content]) for content, part in items if part is None}
    assert good <= world.library


def test_the_memory_of_a_file_goes_back_when_it_is_decoded() -> None:
    world = World({1: b"a"}, {})
    (load,) = world.flow.admit(7, world.item(1, size=300_000)) or []
    (decode,) = world.flow.outcome(world.carry_out(load))
    assert world.pool.used > 300_000
    steps = world.flow.outcome(world.carry_out(decode))
    assert (world.pool.in_use, world.pool.used < 300_000) == (1, True)
    while steps:
        steps += world.flow.outcome(world.carry_out(steps.pop(0)))
    assert world.pool.in_use == 0


def test_the_largest_file_fits_beside_its_products() -> None:
    world = World({}, {}, budget=4 << 20)
    flow = Flow(world.pool, world.lacking, plan_of(PICTURES, WORDS), max_file_bytes=8 << 20)
    largest = flow._max_bytes["image"]
    (fail,) = flow.admit(7, world.item(1, size=largest + 1)) or []
    assert fail.stage == "writer"
    (load,) = flow.admit(7, world.item(3, size=largest)) or []
    assert load.stage == "loader"


def test_of_equal_contents_one_is_computed() -> None:
    world = World({1: b"a", 3: b"a", 4: b"a"}, {})
    steps = [step for number in (1, 3, 4) for step in world.flow.admit(7, world.item(number)) or []]
    while steps:
        steps += world.flow.outcome(world.carry_out(steps.pop(0)))
    assert world.decoded == [b"a"]
    assert [bool(one.vectors) for one in world.committed] == [True, False, False]


def test_of_a_text_the_words_go_to_its_models_and_to_the_writer() -> None:
    world = World({2: b"a"}, {})
    (load,) = world.flow.admit(7, world.item(2)) or []
    (decode,) = world.flow.outcome(world.carry_out(load))
    (embed,) = world.flow.outcome(world.carry_out(decode))
    words = m.Region(decode.task.words.start, 20)
    assert (embed.stage, embed.task.model, embed.task.input) == ("extractor", WORDS.name, words)
    (commit,) = world.flow.outcome(world.carry_out(embed))
    assert (commit.task.words, commit.task.info, commit.task.thumbnail) == (words, TEXT, None)
    assert [name for name, _ in commit.task.vectors] == [WORDS.name]


def test_a_text_takes_little_memory_and_no_more_than_any_book() -> None:
    world = World({}, {}, budget=4 << 20)
    place = QueueItem(1, DATA, Entry("a%20dog", FileState(5, 0)))
    assert world.flow.admit(7, place) is not None
    assert world.pool.used < 64 << 10
    (fail,) = world.flow.admit(7, world.item(5, size=17 << 20)) or []
    assert fail.task.reason is Reason.TOO_LARGE


def test_content_that_is_known_as_the_other_kind_is_only_given_a_place() -> None:
    world = World({2: b"a"}, {})
    world.lacking = lambda hash, modality: Products((PICTURES.name,), thumbnail=True)  # type: ignore[method-assign]
    world.flow = Flow(world.pool, world.lacking, plan_of(PICTURES, WORDS), max_file_bytes=1 << 20)
    (load,) = world.flow.admit(7, world.item(2)) or []
    (commit,) = world.flow.outcome(world.carry_out(load))
    assert (commit.task.info, commit.task.vectors) == (None, ())


def test_what_concerns_the_whole_job_is_no_files_failure() -> None:
    world = World({1: b"a", 4: b"a"}, {})
    steps = [step for number in (1, 4) for step in world.flow.admit(7, world.item(number)) or []]
    refused = Refused("ModelUnavailable", "its weights are away")
    while steps:
        step = steps.pop(0)
        if step.stage == "extractor":
            steps += world.flow.outcome(Outcome("extractor", step.key, refused=refused))
        else:
            steps += world.flow.outcome(world.carry_out(step))
    assert (world.committed, world.failed, len(world.flow), world.pool.in_use) == ([], [], 0, 0)


def test_when_the_computed_one_fails_the_next_equal_one_is_tried() -> None:
    world = World({1: b"a", 3: b"a"}, {1: "embed pictures"})
    steps = [step for number in (1, 3) for step in world.flow.admit(7, world.item(number)) or []]
    while steps:
        steps += world.flow.outcome(world.carry_out(steps.pop(0)))
    assert [one.item for one in world.failed] == [1]
    assert [one.item for one in world.committed] == [3]


def test_a_file_beyond_the_limit_fails_without_memory() -> None:
    world = World({1: b"a"}, {})
    (step,) = world.flow.admit(7, world.item(1, size=2 << 20)) or []
    assert world.pool.in_use == 0
    assert isinstance(step.task, m.Fail)
    assert step.task.reason is Reason.TOO_LARGE


def test_content_removed_while_under_way_is_computed_in_full() -> None:
    world = World({1: b"a"}, {})
    world.library.add(b"a")
    (load,) = world.flow.admit(7, world.item(1)) or []
    (commit,) = world.flow.outcome(world.carry_out(load))
    world.library.clear()
    (decode,) = world.flow.outcome(Outcome("writer", commit.key, value=False))
    assert isinstance(decode.task, m.Decode)


def test_memory_that_a_stuck_process_may_write_to_is_never_given_back() -> None:
    world = World({1: b"a"}, {})
    (load,) = world.flow.admit(7, world.item(1)) or []
    refused = Refused(Reason.TIMEOUT.value, "the drive does not answer")
    (fail,) = world.flow.outcome(Outcome("loader", load.key, refused=refused, stuck=True))
    assert world.flow.outcome(world.carry_out(fail)) == []
    assert world.pool.in_use == 1  # that of the file
