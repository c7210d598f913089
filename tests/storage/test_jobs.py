"""Jobs and their queues."""

from __future__ import annotations

from aptl3.records.job import JobState
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, entry, queue


def test_pending_items_by_key(writer: Writer) -> None:
    job, items = queue(writer, [f"{i:03}.jpg" for i in range(10)])
    other, _ = queue(writer, ["x.jpg"], "/other")
    assert [item.path for item in items[:2]] == [f"{FOLDER}/000.jpg", f"{FOLDER}/001.jpg"]
    assert writer.pending_items(job, limit=4) == items[:4]
    assert writer.pending_items(job, items[3].id, limit=4) == items[4:8]
    assert [item.entry for item in writer.pending_items(other)] == [entry("x.jpg")]


def test_jobs_are_created_and_changed(writer: Writer) -> None:
    paths = ["/a", "/b\udcff"]
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job(paths, {"thumbnails": True})
        assert checkpoint.create_job(paths, {"thumbnails": True}) == job
        assert checkpoint.create_job(paths, {"thumbnails": False}) != job
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.RUNNING, seconds_delta=1.5)
        checkpoint.set_job(job, seconds_delta=1.0)
    found = writer.job(job)
    assert found is not None
    assert (found.state, found.paths, found.seconds, found.folders) == (JobState.RUNNING, tuple(paths), 2.5, 2)
    assert writer.pending_folders(job) == [("/a", None), ("/b\udcff", None)]
    assert [one.id for one in writer.unfinished()] == [job, job + 1]
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.FAILED, error="no model")
    found = writer.job(job)
    assert found is not None
    assert (found.state, found.error, found.folders, found.pending) == (JobState.FAILED, "no model", 0, 0)
    assert [one.id for one in writer.unfinished()] == [job + 1]
    with writer.checkpoint() as checkpoint:
        assert checkpoint.create_job(paths, {"thumbnails": True}) > job
    assert len(writer.jobs()) == 3


def test_ids_of_items_are_never_given_again(writer: Writer) -> None:
    job, [item] = queue(writer, ["a.jpg"])
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.CANCELLED)
    _, [later] = queue(writer, ["b.jpg"])
    assert later.id > item.id
