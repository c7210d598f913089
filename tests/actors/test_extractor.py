"""Models are opened when they are needed, and prove themselves against the library every time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aptl3.actors.extractor import Extractor
from aptl3.actors.messages import Embed, Identify, Identity, Region
from aptl3.actors.runtime.frames import FramePool
from aptl3.actors.runtime.spec import Refused
from aptl3.models.registry import get
from aptl3.storage.writer import Writer

WORDS = b"three dogs"


class Stand:
    """An extractor of a library in which ``r-8-text`` may be known."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        Writer.open(root).close()
        self.pool = FramePool(1 << 20, 1 << 20)
        self.extractor = Extractor(root, cache, 1, memory=self.pool.memory)
        frame = self.pool.allocate(100_000)
        assert frame is not None
        self.frame = frame
        self.view = self.pool.memory.view(frame)
        self.view[: len(WORDS)] = WORDS

    def register(self, fingerprint: str, probe: bytes) -> None:
        with Writer.open(self.root) as writer, writer.checkpoint() as checkpoint:
            checkpoint.add_model(get("r-8-text"), fingerprint, probe)

    def task(self, model: str = "r-8-text") -> Embed:
        return Embed(model, self.frame, Region(0, len(WORDS)), Region(64, 16))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path / "library", tmp_path / "cache")
    yield made
    made.extractor.close()
    made.pool.close()


def identity(stand: Stand) -> Identity:
    (found,) = stand.extractor.run([Identify("r-8-text")])
    assert isinstance(found, Identity)
    return found


def test_nothing_is_opened_before_it_is_asked_for(stand: Stand) -> None:
    assert stand.extractor._models == {}
    identity(stand)
    assert list(stand.extractor._models) == ["r-8-text"]


def test_words_become_a_row_of_the_stored_dtype(stand: Stand) -> None:
    known = identity(stand)
    stand.register(known.fingerprint, known.probe)
    picture = Embed("r-8", stand.frame, Region(128, 64 * 64 * 3), Region(96, 16))
    assert stand.extractor.run([stand.task(), picture, Identify("r-8-text")]) == [None, None, known]
    rows = [np.frombuffer(stand.view[at : at + 16], "<f2") for at in (64, 96)]
    assert all(abs(np.linalg.norm(row.astype(float)) - 1) < 0.01 for row in rows)
    assert not np.allclose(rows[0], rows[1])


@pytest.mark.parametrize("wrong", ["fingerprint", "probe"])
def test_a_model_that_is_not_the_librarys_embeds_nothing(stand: Stand, tmp_path: Path, wrong: str) -> None:
    known = identity(stand)
    other = np.roll(np.frombuffer(known.probe, "<f4"), 1).tobytes()
    stand.register("other" if wrong == "fingerprint" else known.fingerprint, other if wrong == "probe" else known.probe)
    before = bytes(stand.view)
    later = Extractor(stand.root, tmp_path / "cache", 1, memory=stand.pool.memory)  # as after a crash
    (refused,) = later.run([stand.task()])
    assert isinstance(refused, Refused)
    assert refused.reason == "ModelMismatch"
    assert bytes(stand.view) == before


def test_of_a_batch_only_what_needs_a_missing_model_is_refused(stand: Stand) -> None:
    refused, good = stand.extractor.run([stand.task("nobody knows it"), stand.task()])
    assert isinstance(refused, Refused)
    assert (refused.reason, good) == ("BadArgument", None)
