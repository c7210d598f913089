from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aptl3.records.failure import Reason
from aptl3.records.job import JobState
from aptl3.records.media import DATA, FileState, Products, Wanted
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import (
    ALL,
    BLUE,
    FOLDER,
    PROBE,
    RED,
    TEXTS,
    WANTED,
    add_text_model,
    fill,
    hash_of,
    ingest,
    queue,
    relate,
    result,
)

GREEN = replace(RED, name="green")


def filling(writer: Writer, wanted: Wanted = ALL) -> list[str]:
    """The places that a new job is to work on."""
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([], {"fill": True})
        queued = checkpoint.fill_job(job, wanted)
        paths = [item.path for item in writer.pending_items(job)]
        assert queued == len(paths)
        checkpoint.set_job(job, state=JobState.CANCELLED)
    found = writer.job(job)
    assert found is not None and found.counts.found == queued
    return paths


def partly(writer: Writer, name: str, content: int) -> None:
    """A file of whose vectors one is there."""
    job, [item] = queue(writer, [name])
    with writer.checkpoint() as checkpoint:
        assert checkpoint.commit_result(result(job, item, content, [RED]))


def test_media_are_asked_by_what_they_are(writer: Writer) -> None:
    add_text_model(writer)
    ingest(writer, {"a": 1})
    relate(writer, {"a": "a man"})
    [text] = writer.captions_of(1)
    hash = writer.hashes([text])[0]
    assert writer.lacking(hash, ALL, "image") == (text, Products(("mini",)))
    assert writer.lacking(hash_of(1), ALL, "text") == (1, Products())
    assert writer.lacking(hash_of(9), ALL, "text") == (None, TEXTS)
    assert writer.lacking(hash_of(9), ALL, "image") == (None, WANTED.image)
    assert writer.folder_state(FOLDER, ALL)["a"][1]
    assert writer.folder_state(DATA, ALL) == {"a%20man": (FileState(5, 0), False)}
    assert writer.folder_state(DATA, WANTED) == {"a%20man": (FileState(5, 0), True)}
    assert fill(writer) == 1
    assert writer.folder_state(DATA, ALL) == {"a%20man": (FileState(5, 0), True)}
    assert writer.lacking(hash, ALL, "image") == (text, Products())


def test_one_name_of_a_folder(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2})
    job, [item] = queue(writer, ["c"])
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, "bad")
    whole = writer.folder_state(FOLDER, WANTED)
    assert len(whole) == 3
    for name in ("a", "c"):
        assert writer.folder_state(FOLDER, WANTED, only=name) == {name: whole[name]}
    assert writer.folder_state(FOLDER, WANTED, only="x") == {}


def test_a_text_without_its_words_lacks_them(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.txt"])
    text = replace(result(job, item, 1, []), thumbnail=None, words="x" * 5000)
    assert text.info is not None
    text = replace(text, info=replace(text.info, format="TEXT"))
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(text, words=None))
    wanted = Wanted(text=Products((), thumbnail=True))
    assert writer.lacking(hash_of(1), wanted, "text") == (1, wanted.text)
    assert filling(writer, wanted) == [item.path]
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(text)
    assert writer.words(1) == "x" * 4000
    assert not writer.lacking(hash_of(1), wanted, "text")[1]


def test_filling_takes_what_lacks_something_once(writer: Writer, root: Path) -> None:
    add_text_model(writer)
    ingest(writer, {"whole": 1})
    partly(writer, "b", 2)
    partly(writer, "a copy of b", 2)
    relate(writer, {"whole": "words/of it"})
    places = [f"{FOLDER}/a copy of b", "data:,words%2Fof%20it"]
    assert sorted(filling(writer)) == places
    assert filling(writer, WANTED) == places[:1]
    assert filling(writer, Wanted()) == []
    assert sorted(filling(writer, Wanted(text=Products(("unknown",))))) == places[1:]
    assert fill(writer) == 2
    assert filling(writer) == []
    assert verify(root) == []


def test_a_new_model_lacks_everything(writer: Writer) -> None:
    names = {f"{i:03}": i for i in range(50)}
    ingest(writer, names)
    assert filling(writer) == []
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(GREEN, "x", PROBE)
    wanted = Wanted(Products(("red", "green"), thumbnail=True))
    assert filling(writer, wanted) == [f"{FOLDER}/{name}" for name in names]  # in the order in which they lie


def test_filling_goes_where_the_file_is(writer: Writer) -> None:
    for name in "abc":
        partly(writer, name, 1)
    job, items = queue(writer, ["a", "b"])
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, items[0].id, "loader", Reason.VANISHED, "gone")
        checkpoint.fail_item(job, items[1].id, "decoder", Reason.CORRUPT, "bad")
    assert filling(writer) == [f"{FOLDER}/c"]
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing(FOLDER)
    assert filling(writer) == []


@pytest.mark.parametrize(("reason", "again"), [(Reason.MODEL, False), (Reason.CRASH, False), (Reason.UNREADABLE, True)])
def test_failures_of_the_file_itself_are_in_the_way(writer: Writer, reason: Reason, again: bool) -> None:
    partly(writer, "a", 1)
    job, [item] = queue(writer, ["a"])
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, item.id, "extractor", reason, "no")
    path = f"{FOLDER}/a"
    assert filling(writer) == ([path] if again else [])
    with writer.checkpoint() as checkpoint:
        checkpoint.retry([f"file://{path}"])
    assert filling(writer) == [path]


def test_filling_again_adds_what_is_not_in_the_queue(writer: Writer) -> None:
    partly(writer, "a", 1)
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([], {"fill": True})
        assert checkpoint.fill_job(job, ALL) == 1
    partly(writer, "b", 2)
    for expected in (1, 0):
        with writer.checkpoint() as checkpoint:
            assert checkpoint.create_job([], {"fill": True}) == job
            assert checkpoint.fill_job(job, ALL) == expected
    found = writer.job(job)
    assert found is not None and (found.counts.found, found.pending) == (2, 2)
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.DONE)
        assert checkpoint.fill_job(job, ALL) == 0
        assert checkpoint.fill_job(99, ALL) == 0


def test_what_was_filled_is_no_new_medium(writer: Writer) -> None:
    partly(writer, "a", 1)
    assert fill(writer) == 1
    counts = writer.jobs()[-1].counts
    assert (counts.found, counts.added, counts.duplicates, counts.vectors) == (1, 0, 1, 1)
    assert writer.known_vectors(BLUE.name, [1])[0].tolist() == [True]


def test_lacking(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1, [RED]))
    media = writer.media_at(f"{FOLDER}/a.jpg")
    assert writer.lacking(hash_of(1), WANTED, "image") == (media, Products(("blue",), False))
    assert writer.lacking(hash_of(1), Wanted(Products(("red",), True)), "image") == (media, Products())
    assert writer.lacking(hash_of(2), Wanted(Products(("red",))), "image") == (None, Products(("red",)))
    assert not writer.lacking(hash_of(1), Wanted(), "image")[1]


def test_folder_state_says_what_is_complete(writer: Writer) -> None:
    job, items = queue(writer, ["a.jpg", "b.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, items[0], 1))
        checkpoint.commit_result(result(job, items[1], 2, [RED]))
    state = FileState(101, 1001)
    assert writer.folder_state(FOLDER, WANTED) == {"a.jpg": (state, True), "b.jpg": (state, False)}
    assert writer.folder_state(FOLDER, Wanted(Products(("red",), True)))["b.jpg"] == (state, True)
    assert writer.folder_state(FOLDER, Wanted())["b.jpg"] == (state, True)
    assert writer.folder_state(FOLDER, Wanted(Products(("green",))))["a.jpg"] == (state, False)
    assert writer.folder_state("/elsewhere", WANTED) == {}
    assert writer.folder_state(FOLDER, WANTED, "b.jpg") == {"b.jpg": (state, False)}
    assert writer.folder_state(FOLDER, WANTED, "c.jpg") == {}
