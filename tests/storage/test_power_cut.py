"""What is committed is complete whatever a power cut takes of what was not synced."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from aptl3.errors import LibraryDamaged
from aptl3.storage.checkpoint import Checkpoint
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.disk import Recorder, after
from tests.storage.samples import BLUE, FOLDER, RED, WANTED, add_models, hash_of, ingest, queue, result, row

CONTENTS = st.lists(st.integers(0, 12), min_size=1, max_size=4)
STEPS: st.SearchStrategy[tuple[str, list[int]]] = st.one_of(
    st.tuples(st.just("ingest"), CONTENTS),
    st.tuples(st.just("undo"), CONTENTS),
    st.tuples(st.just("remove"), CONTENTS),
    st.tuples(st.just("reopen"), st.just([])),
)


class Watched(Writer):
    """A writer whose catalog is kept after each commit."""

    @contextmanager
    def checkpoint(self) -> Iterator[Checkpoint]:
        with super().checkpoint() as checkpoint:
            yield checkpoint
        assert isinstance(self._files, Recorder)
        self._files.keep(self.connection)


class Machine:
    """A library on a recorded disk."""

    def __init__(self, folder: Path, files: type[Recorder] = Recorder) -> None:
        (folder / "snapshots").mkdir()
        self.root = folder / "library"
        self.files = files(folder / "snapshots")
        self._writer = self._open()
        add_models(self._writer)

    def _open(self) -> Writer:
        writer = Watched.open(self.root, files=self.files)
        self.files.watch(writer.connection)
        return writer

    def close(self) -> None:
        self._writer.close()

    def step(self, kind: str, contents: list[int]) -> None:
        names = {f"{content:02}": content for content in contents}
        if kind == "ingest":
            ingest(self._writer, names)
        elif kind == "remove":
            self._writer.remove([f"{FOLDER}/{name}" for name in names])
            self._writer.compact()
        elif kind == "undo":
            job, items = queue(self._writer, list(names))
            with pytest.raises(ZeroDivisionError), self._writer.checkpoint() as checkpoint:
                for item in items:
                    checkpoint.commit_result(result(job, item, names[item.entry.name]))
                checkpoint.finish()  # the vectors are written and synced; then it all is called off
                _ = 1 / 0
        else:
            self._writer.close()
            self._writer = self._open()


@contextmanager
def machine(files: type[Recorder] = Recorder) -> Iterator[tuple[Machine, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        made = Machine(Path(folder), files)
        try:
            yield made, Path(folder)
        finally:
            made.close()


def cut(machine: Machine, target: Path, events: int, chance: random.Random) -> list[str]:
    """What is wrong with the library after the power went, the next writer opened it and went on."""
    after(machine.files, machine.files.events[:events], machine.root, target, chance)
    try:
        with Writer.open(target) as writer:
            problems = verify(target)
            for content in range(13):
                media, lacking = writer.lacking(hash_of(content), WANTED, "image")
                if media is not None:
                    assert not lacking
                    for spec in (RED, BLUE):
                        found = writer.vectors_of(spec.name, [media]).astype(spec.dtype).tobytes()
                        if found != row(content, spec):
                            problems.append(f"{spec.name} {content} is another")
            add_models(writer)
            ingest(writer, {"new": 99})
    except LibraryDamaged as error:
        return [str(error)]
    return problems + verify(target)


def cuts(machine: Machine) -> range:
    """After how many events the power may go: from the first commit on there is a library to lose."""
    events = machine.files.events
    return range(1 + next(i for i, event in enumerate(events) if event.kind == "commit"), len(events) + 1)


UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes a tenth of a second, a shrinking minutes


@settings(max_examples=25, deadline=None, phases=UNSHRUNK)
@given(st.lists(STEPS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_no_cut_loses_what_is_committed(steps: list[tuple[str, list[int]]], chance: random.Random) -> None:
    with machine() as (library, folder):
        for step in steps:
            library.step(*step)
        for number in range(4):
            assert cut(library, folder / f"cut {number}", chance.choice(cuts(library)), chance) == []


def test_every_moment_of_a_life() -> None:
    chance = random.Random(0)
    with machine() as (library, folder):
        for kind, contents in (
            ("ingest", [1, 2, 3]),
            ("undo", [4]),
            ("ingest", [5, 1]),
            ("reopen", []),
            ("remove", [2]),
        ):
            library.step(kind, contents)
        for moment in cuts(library):
            assert cut(library, folder / f"cut {moment}", moment, chance) == []


class Forgetful(Recorder):
    """Says that files are synced, which they are not."""

    def sync(self, handle: int) -> None:
        pass


class Nameless(Recorder):
    """Says that names are synced, which they are not, but for those of the folders at the top."""

    def sync_folder(self, path: Path) -> None:
        if path.parent.name != "vectors":
            super().sync_folder(path)


@pytest.mark.parametrize("files", [Forgetful, Nameless])
def test_the_model_finds_out_who_does_not_sync(files: type[Recorder]) -> None:
    with machine(files) as (library, folder):
        library.step("ingest", [1, 2, 3])
        end = len(library.files.events)
        found = [cut(library, folder / f"cut {seed}", end, random.Random(seed)) for seed in range(8)]
    assert any(found)
