from __future__ import annotations

import pytest

from aptl3.errors import BadArgument
from aptl3.records.failure import Reason
from aptl3.records.media import FileState
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, WANTED, ingest, queue, result

URL = f"file://{FOLDER}/a.jpg"


def fail(writer: Writer, reason: Reason = Reason.CORRUPT, name: str = "a.jpg", state: int = 1) -> None:
    job, [item] = queue(writer, [name], state=state)
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, item.id, "decoder", reason, "bad")


def complete(writer: Writer, name: str = "a.jpg") -> bool:
    return writer.folder_state(FOLDER, WANTED)[name][1]


@pytest.mark.parametrize("reason", Reason)
def test_what_a_second_ingest_tries_again(writer: Writer, reason: Reason) -> None:
    fail(writer, reason)
    lies_in_the_file = reason not in (Reason.VANISHED, Reason.CHANGED, Reason.UNREADABLE)
    assert writer.folder_state(FOLDER, WANTED) == {"a.jpg": (FileState(101, 1001), lies_in_the_file)}


def test_attempts_count_while_the_file_stays_the_same(writer: Writer) -> None:
    for state, attempts in ((1, 1), (1, 2), (2, 1), (2, 2), (1, 1)):
        fail(writer, state=state)
        assert [failure.attempts for failure in writer.failures()] == [attempts]
    assert writer.counts().failures == 1


def test_retry_marks_and_a_new_failure_unmarks(writer: Writer) -> None:
    fail(writer)
    fail(writer, name="b.jpg")
    with writer.checkpoint() as checkpoint:
        assert checkpoint.retry([URL]) == [f"{FOLDER}/a.jpg"]
    assert (complete(writer, "a.jpg"), complete(writer, "b.jpg")) == (False, True)
    fail(writer)
    assert complete(writer)
    assert next(writer.failures()).attempts == 2
    with writer.checkpoint() as checkpoint:
        assert checkpoint.retry() == [f"{FOLDER}/a.jpg", f"{FOLDER}/b.jpg"]
        assert checkpoint.retry(["file:///unknown/a.jpg"]) == []


def test_success_deletes_the_failure(writer: Writer) -> None:
    fail(writer)
    ingest(writer, {"a.jpg": 1})
    assert list(writer.failures()) == []
    assert writer.counts().failures == 0
    assert complete(writer)


def test_a_known_file_that_changed_into_a_bad_one_is_not_tried_again(writer: Writer) -> None:
    ingest(writer, {"a.jpg": 1})
    fail(writer, state=2)
    assert writer.folder_state(FOLDER, WANTED) == {"a.jpg": (FileState(102, 1002), True)}
    assert writer.media_at(f"{FOLDER}/a.jpg") == 1


def test_a_file_that_vanished_is_missing_and_its_failure_goes_with_the_next_listing(writer: Writer) -> None:
    ingest(writer, {"a.jpg": 1})
    fail(writer, Reason.VANISHED)
    assert writer.locations(1)[0].missing
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([FOLDER], {"later": True})
        checkpoint.record_listing(job, FOLDER, [], [], 0, ["a.jpg"], [], None)
    assert list(writer.failures()) == []


def test_forgetting(writer: Writer) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        fail(writer, name=name)
    with writer.checkpoint() as checkpoint:
        assert checkpoint.forget_failures([URL, URL, "file:///unknown"]) == 1
    assert len(list(writer.failures())) == 2
    with writer.checkpoint() as checkpoint:
        assert checkpoint.forget_failures() == 2
    assert writer.counts().failures == 0
    assert writer.folder_state(FOLDER, WANTED) == {}
    with pytest.raises(BadArgument), writer.checkpoint() as checkpoint:
        checkpoint.forget_failures(["a.jpg"])


def test_an_item_of_a_failed_file_that_succeeds_later(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    fail(writer)
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 1))
    assert list(writer.failures()) == []


def test_failures_come_page_by_page(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.storage.store._PAGE", 2)
    names = [f"{letter}.jpg" for letter in "abcde"]
    for folder in (FOLDER, "/attic"):
        job, items = queue(writer, names, folder)
        with writer.checkpoint() as checkpoint:
            for item in items:
                checkpoint.fail_item(job, item.id, "decoder", Reason.CORRUPT, f"bad {item.entry.name}")
    urls = [failure.url for failure in writer.failures()]
    assert urls == [f"file:///{folder}/{name}" for folder in ("attic", "photographs") for name in names]
    assert [failure.url for failure in writer.failures(limit=3)] == urls[:3]
    assert [failure.url for failure in writer.failures(limit=4, after=urls[3])] == urls[4:8]
    assert list(writer.failures(after=urls[-1])) == []
    first = next(writer.failures())
    assert (first.stage, first.reason, first.error, first.attempts) == ("decoder", Reason.CORRUPT, "bad a.jpg", 1)
