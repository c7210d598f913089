from __future__ import annotations

from collections.abc import Sequence

from aptl3.records.failure import Reason
from aptl3.records.job import JobCounts, JobState
from aptl3.records.media import DATA, Entry, FileState, Wanted, split
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, entry, ingest


def new_job(writer: Writer, *paths: str, run: int = 1000) -> int:
    with writer.checkpoint() as checkpoint:
        return checkpoint.create_job(paths or [FOLDER], {"run": run})


def listed(
    writer: Writer,
    job: int,
    folder: str = FOLDER,
    entries: Sequence[Entry] = (),
    subfolders: Sequence[str] = (),
    unchanged: int = 0,
    gone: Sequence[str] = (),
    refused: Sequence[tuple[str, Reason, str]] = (),
    after: str | None = None,
    of: str | None = None,
) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.record_listing(job, folder, entries, subfolders, unchanged, gone, refused, after, of=of)


def counts(writer: Writer, job: int) -> JobCounts:
    found = writer.job(job)
    assert found is not None
    return found.counts


def missing(writer: Writer) -> list[str]:
    media = range(1, writer.counts().media + 1)
    return sorted(place.path for id in media for place in writer.locations(id) if place.missing and place.path)


def failed(writer: Writer) -> list[tuple[str, int]]:
    return [(failure.url.removeprefix("file://"), failure.attempts) for failure in writer.failures()]


def test_parts_of_a_folder_are_recorded_once(writer: Writer) -> None:
    job = new_job(writer)
    for _ in range(2):
        listed(writer, job, entries=[entry("a"), entry("b")], subfolders=["s"], unchanged=1, after="c")
        assert writer.pending_folders(job) == [(FOLDER, "c"), (f"{FOLDER}/s", None)]
    for _ in range(2):
        listed(writer, job, entries=[entry("d")], unchanged=2)
        assert writer.pending_folders(job) == [(f"{FOLDER}/s", None)]
    listed(writer, job, entries=[entry("a")], after="a")  # from before; the folder is finished
    assert counts(writer, job) == JobCounts(found=3, unchanged=3)
    assert [item.entry.name for item in writer.pending_items(job)] == ["a", "b", "d"]


def test_names_go_on_by_their_bytes(writer: Writer) -> None:
    job = new_job(writer)
    listed(writer, job, entries=[entry("z")], after="z")
    listed(writer, job, entries=[entry("\udcff")], after="\udcff")  # one byte, 0xff: behind every letter of UTF-8
    listed(writer, job, entries=[entry("ü")], after="ü")  # 0xc3 0xbc: lies before it, so it was there already
    assert counts(writer, job).found == 2
    assert writer.pending_folders(job) == [(FOLDER, "\udcff")]


def test_no_folder_is_listed_twice_by_a_job(writer: Writer) -> None:
    job = new_job(writer, FOLDER, f"{FOLDER}/s")
    listed(writer, job, f"{FOLDER}/s", [entry("a")])
    listed(writer, job, FOLDER, [entry("b")], subfolders=[f"{FOLDER}/s", f"{FOLDER}/t"])
    assert writer.pending_folders(job) == [(f"{FOLDER}/t", None)]
    found = writer.job(job)
    assert found is not None and (found.folders, found.pending) == (1, 2)


def test_a_job_that_is_over_records_nothing(writer: Writer) -> None:
    job = new_job(writer)
    with writer.checkpoint() as checkpoint:
        checkpoint.set_job(job, state=JobState.CANCELLED)
    listed(writer, job, entries=[entry("a")])
    assert counts(writer, job) == JobCounts()
    assert writer.pending_items(job) == []


def test_a_single_file_settles_its_own_path(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2})
    listed(writer, new_job(writer, run=1), gone=["a", "b"])
    job = new_job(writer, f"{FOLDER}/a", run=2)
    listed(writer, job, unchanged=1, of=f"{FOLDER}/a")
    assert writer.pending_folders(job) == []
    assert missing(writer) == [f"{FOLDER}/b"]  # nothing was said of its neighbour


def test_gone_files_are_missing_until_they_are_seen_again(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2, "c": 3})
    listed(writer, new_job(writer, run=1), unchanged=1, gone=["a", "c"])
    assert missing(writer) == [f"{FOLDER}/a", f"{FOLDER}/c"]
    assert writer.counts().media == 3
    job = new_job(writer, run=2)
    listed(writer, job, unchanged=1, after="b", gone=["b"])
    assert missing(writer) == [f"{FOLDER}/b", f"{FOLDER}/c"]  # a is there again, nothing is known of c yet
    listed(writer, job, gone=["c"])
    assert missing(writer) == [f"{FOLDER}/b", f"{FOLDER}/c"]
    listed(writer, new_job(writer, run=3), unchanged=3)
    assert missing(writer) == []


def test_a_present_place_is_named_before_a_missing_one(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 1})
    listed(writer, new_job(writer), unchanged=1, gone=["a"])
    assert [place.path for place in writer.locations(1)] == [f"{FOLDER}/b", f"{FOLDER}/a"]


def test_a_folder_that_cannot_be_listed_says_nothing_of_its_files(writer: Writer) -> None:
    ingest(writer, {"a": 1})
    listed(writer, new_job(writer, run=1), gone=["a"])
    listed(writer, new_job(writer, run=2), refused=[("", Reason.UNREADABLE, "no permission")])
    assert missing(writer) == [f"{FOLDER}/a"]
    assert failed(writer) == [(FOLDER, 1)]
    listed(writer, new_job(writer, run=3), refused=[("", Reason.UNREADABLE, "no permission")])
    assert failed(writer) == [(FOLDER, 2)]
    listed(writer, new_job(writer, run=4), unchanged=1)
    assert not failed(writer) and not missing(writer)


def test_refused_names_are_failures_while_they_are_refused(writer: Writer) -> None:
    pipe = ("pipe.jpg", Reason.NOT_A_FILE, "a named pipe")
    folder = ("locked", Reason.UNREADABLE, "no permission")
    job = new_job(writer, run=1)
    listed(writer, job, refused=[pipe, folder])
    assert counts(writer, job) == JobCounts(failed=2)
    listed(writer, new_job(writer, run=2), refused=[pipe, folder])
    assert failed(writer) == [(f"{FOLDER}/locked", 2), (f"{FOLDER}/pipe.jpg", 2)]
    assert writer.folder_state(FOLDER, Wanted()) == {}
    job = new_job(writer, run=3)
    listed(writer, job, subfolders=["locked"], after="m")
    assert len(failed(writer)) == 2  # its own listing will tell, and the pipe lies in the next part
    listed(writer, job)
    assert failed(writer) == [(f"{FOLDER}/locked", 2)]
    listed(writer, job, f"{FOLDER}/locked")
    assert failed(writer) == []


def test_folders_that_are_gone_take_their_files_along(writer: Writer) -> None:
    for i, folder in enumerate((FOLDER, f"{FOLDER}/s", f"{FOLDER}/s/deep", f"{FOLDER}/sibling", "/photographs2")):
        ingest(writer, {"a": i + 1}, folder)
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing(f"{FOLDER}/s")
    assert missing(writer) == [f"{FOLDER}/s/a", f"{FOLDER}/s/deep/a"]
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing("/photographs2")
    assert missing(writer) == [f"{FOLDER}/s/a", f"{FOLDER}/s/deep/a", "/photographs2/a"]
    assert sorted(writer.subfolders(FOLDER)) == ["s", "sibling"]
    assert writer.subfolders(f"{FOLDER}/s") == ["deep"]
    assert sorted(writer.subfolders("/")) == [FOLDER.strip("/"), "photographs2"]


def test_a_text_that_lies_in_no_file_is_listed_like_a_file(writer: Writer) -> None:
    place = "data:,a%20man%2Fdog"
    folder, name = split(place)
    assert folder == DATA
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([place], {})
    for _ in range(2):
        with writer.checkpoint() as checkpoint:
            checkpoint.record_listing(job, folder, [Entry(name, FileState(9, 0))], [], 0, [], [], None, of=place)
    [item] = writer.pending_items(job)
    assert item.path == place
    assert writer.pending_folders(job) == []
    with writer.checkpoint() as checkpoint:
        checkpoint.fail_item(job, item.id, "extractor", Reason.MODEL, "no vector")
    assert [failure.url for failure in writer.failures()] == [place]
    assert list(writer.failures(after=place)) == []
    with writer.checkpoint() as checkpoint:
        assert checkpoint.retry([place]) == [place]
        assert checkpoint.forget_failures([place]) == 1
