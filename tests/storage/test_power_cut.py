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
from tests.storage.samples import (
    BLUE,
    FOLDER,
    MINI,
    RED,
    WANTED,
    add_models,
    add_text_model,
    alignment,
    content_of,
    fill,
    hash_of,
    ingest,
    queue,
    relate,
    result,
    row,
)

CONTENTS = st.lists(st.integers(0, 12), min_size=1, max_size=4)
STEPS: st.SearchStrategy[tuple[str, list[int]]] = st.one_of(
    st.tuples(st.just("ingest"), CONTENTS),
    st.tuples(st.just("undo"), CONTENTS),
    st.tuples(st.just("remove"), CONTENTS),
    st.tuples(st.just("relate"), CONTENTS),
    st.tuples(st.just("unrelate"), st.just([])),
    st.tuples(st.just("align"), CONTENTS),
    st.tuples(st.just("take out a model"), st.just([])),
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
        elif kind == "relate":
            add_text_model(self._writer)
            relate(self._writer, {name: f"words of {content}" for name, content in names.items()})
            fill(self._writer)
        elif kind == "unrelate":
            for relation in self._writer.relations():
                with self._writer.checkpoint() as checkpoint:
                    checkpoint.remove_relation(relation.id)
            self._writer.compact()
        elif kind == "align":
            for name in names:
                self._align(name)
        elif kind == "take out a model":
            add_text_model(self._writer)
            with self._writer.checkpoint() as checkpoint:
                checkpoint.remove_model("mini", False)
        else:
            self._writer.close()
            self._writer = self._open()

    def _align(self, name: str) -> None:
        """Makes an alignment, whose file is on the disk before it is known."""
        add_text_model(self._writer)
        path = self._writer.layout.alignment(name)
        if any(record.file == name for record in self._writer.alignments()):
            return
        handle = self.files.create(path, 0o600)
        self.files.write(handle, content_of(name), 0)
        self.files.sync(handle)
        self.files.close(handle)
        self.files.sync_folder(path.parent)
        with self._writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(alignment(self._writer, name))


@contextmanager
def machine(files: type[Recorder] = Recorder) -> Iterator[tuple[Machine, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        made = Machine(Path(folder), files)
        try:
            yield made, Path(folder)
        finally:
            made.close()


def wrong_texts(writer: Writer) -> Iterator[str]:
    """Texts whose words or vectors are not what they were, or which nothing holds any more."""
    for media in range(1, 200):
        words = writer.words(media)
        if words is None:
            continue
        if not writer.pictures_of(media) or not words.startswith("words of "):
            yield f"text {media} should not be"
        kept = writer.known_vectors("mini", [media])[1]
        if len(kept) and kept.tobytes() != row(media, MINI):
            yield f"the vector of text {media} is another"


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
            problems += wrong_texts(writer)
            if writer.model("mini") is None and (target / "vectors" / "mini").exists():
                problems.append("something is left of a model")
            files = {path.name for path in (target / "alignments").iterdir()}
            if files != {record.file for record in writer.alignments()}:
                problems.append("alignments without a row, or without a file")
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
            ("relate", [1, 3]),
            ("align", [1, 2]),
            ("remove", [2, 3]),
            ("take out a model", []),
            ("unrelate", []),
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
