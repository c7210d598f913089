"""A process killed at any instruction of a commit loses what is in flight, and nothing else.

A child ingests eight files and removes some; it is killed at a named place, for the n-th time that it gets there, and
started again until it ends. It repeats whatever it may have done before, as one does who was not told.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from aptl3 import failpoints
from aptl3.records.failure import Reason
from aptl3.records.job import JobState
from aptl3.records.media import Wanted
from aptl3.records.store import QueueItem
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import (
    BLUE,
    FOLDER,
    RED,
    add_models,
    add_text_model,
    alignment,
    entry,
    fill,
    hash_of,
    relate,
    result,
    row,
    thumbnail,
)

CONTENTS = {f"{content}.jpg": content % 6 for content in range(8)}  # two of them are copies
BAD = "9.jpg"
PASSES = [  # of each place, among those of the whole run: first, middle and last
    *(("queue-filling", n) for n in (1, 2)),
    *(("vector-append-middle", n) for n in (1, 2, 4)),
    *(("vectors-synced", n) for n in (1, 2, 3)),
    *(("before-commit", n) for n in (1, 2, 3, 5, 6, 8, 9, 11, 12, 14)),
    *(("after-commit", n) for n in (1, 2, 3, 5, 6, 8, 9, 11, 13, 14)),
]

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL", allow_module_level=True)
CONTEXT = multiprocessing.get_context("forkserver")  # a fork costs no imports
CONTEXT.set_forkserver_preload(["__main__", __name__])


def work(root: Path) -> None:
    """What the child does: fourteen checkpoints, of three operations each where there are as many."""
    with Writer.open(root, deadline=20) as writer:
        add_models(writer)
        with writer.checkpoint() as checkpoint:
            job = checkpoint.create_job([FOLDER], {})
        names = sorted([*CONTENTS, BAD])
        for part, after in ((names[:5], names[4]), (names[5:], None)):
            with writer.checkpoint() as checkpoint:
                checkpoint.record_listing(job, FOLDER, [entry(name) for name in part], [], 1, [], [], after)
        for start in range(0, len(names), 3):
            with writer.checkpoint() as checkpoint:
                for i, name in enumerate(names[start : start + 3], start + 1):
                    if name == BAD:
                        checkpoint.fail_item(job, i, "decoder", Reason.CORRUPT, "bad")
                    else:
                        checkpoint.commit_result(result(job, QueueItem(i, FOLDER, entry(name)), CONTENTS[name]))
        writer.remove([f"{FOLDER}/0.jpg", f"{FOLDER}/2.jpg", f"{FOLDER}/6.jpg"])
        writer.compact()
        add_text_model(writer)
        relate(writer, {"1.jpg": "a man", "3.jpg": "a dog", "7.jpg": "a dog", "0.jpg": "gone"})
        fill(writer)
        with writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(alignment(writer, "kept", ["red", "blue"]))
            checkpoint.add_alignment(alignment(writer, "gone", ["red", "mini"]))
        with writer.checkpoint() as checkpoint:
            checkpoint.remove_model("mini", False)


def _run(root: Path, failpoint: str) -> None:
    os.environ["APTL3_FAILPOINT"] = failpoint
    importlib.reload(failpoints)  # it has read the environment when the server of forks imported it
    work(root)


def child(root: Path, failpoint: str = "") -> int | None:
    """Works in a process of its own; returns its exit code, negative when a signal killed it."""
    process = CONTEXT.Process(target=_run, args=(root, failpoint))
    process.start()
    process.join()
    return process.exitcode


def state(root: Path) -> dict[str, Any]:
    """All that the library holds, apart from ids and from where rows lie."""
    with Store.open(root) as store:
        found: dict[str, Any] = {"counts": store.counts(), "failures": list(store.failures())}
        found["job"] = store.jobs()[0]
        found["models"] = [model.name for model in store.models()]
        found["relations"] = [(one.name, one.pairs, one.pictures, one.texts) for one in store.relations()]
        found["alignments"] = [record.file for record in store.alignments()]
        found["files"] = sorted(path.name for part in ("vectors", "alignments") for path in (root / part).iterdir())
        for content in range(6):
            media, _ = store.lacking(hash_of(content), Wanted(), "image")
            if media is None:
                continue
            found[str(content)] = (
                [place.path for place in store.locations(media)],
                store.thumbnail(media),
                [store.vectors_of(spec.name, [media]).astype(spec.dtype).tobytes() for spec in (RED, BLUE)],
            )
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("undisturbed") / "library"
    assert child(root) == 0
    return state(root)


def test_an_undisturbed_run_is_what_it_should_be(undisturbed: dict[str, Any]) -> None:
    assert (undisturbed["counts"].media, undisturbed["counts"].texts) == (6, 2)
    assert undisturbed["job"].state is JobState.QUEUED
    counts = undisturbed["job"].counts
    assert (counts.found, counts.added, counts.duplicates, counts.failed, counts.unchanged) == (9, 6, 2, 1, 2)
    assert undisturbed["1"] == ([f"{FOLDER}/1.jpg", f"{FOLDER}/7.jpg"], thumbnail(1), [row(1), row(1, BLUE)])
    assert "0" not in undisturbed
    assert undisturbed["models"] == ["red", "blue"]
    assert undisturbed["relations"] == [("coco", 3, 2, 2)]
    assert undisturbed["alignments"] == ["kept"]
    assert undisturbed["files"] == ["blue", "kept", "red"]


@pytest.mark.parametrize(("place", "times"), PASSES)
def test_killed_and_started_again(place: str, times: int, root: Path, undisturbed: dict[str, Any]) -> None:
    assert child(root, f"{place}:{times}") == -signal.SIGKILL
    if (root / "library.sqlite3").exists() and os.path.getsize(root / "library.sqlite3"):
        assert verify(root) == []  # readers find it whole before any writer has mended anything
    assert child(root) == 0
    assert verify(root) == []
    assert state(root) == undisturbed
    segments = sorted(path.stat().st_size for path in (root / "vectors").rglob("*") if path.is_file())
    assert segments == [4 * 32, 4 * 32]


def test_killed_again_and_again(root: Path, undisturbed: dict[str, Any]) -> None:
    """Every run is killed at its n-th commit, which come one later each time."""
    kills = 0
    while child(root, f"before-commit:{kills + 1}"):
        kills += 1
    assert kills == 14
    assert verify(root) == []
    assert state(root) == undisturbed
