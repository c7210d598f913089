"""The whole way through real processes: ingest, search, again, moved, bad files, removed, copied."""

from __future__ import annotations

import doctest
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

import aptl3.library
from aptl3 import Library
from aptl3.errors import BadArgument, LibraryMissing
from aptl3.media.samples import sample_photographs
from aptl3.records.job import Job, JobState
from aptl3.service.client import Client
from tests.bad_input import make_bad_folder, make_good_odd_folder
from tests.conftest import stop
from tests.photographs import make_photograph


def test_the_example_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "photographs").mkdir()
    for path in sample_photographs()[:8]:
        shutil.copy(path, tmp_path / "photographs")
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    (example,) = [
        one
        for one in doctest.DocTestFinder().find(aptl3.library, globs={"folder": tmp_path})
        if one.name == "aptl3.library"
    ]
    assert len(example.examples) >= 4
    results.run(example)
    stop(tmp_path / "library")
    assert results.summarize(verbose=False).failed == 0


def test_words_and_examples_find_photographs(library: Library) -> None:
    job = library.ingest(*sample_photographs())
    assert job.state is JobState.DONE
    assert job.counts.failed == 0
    assert job.counts.vectors == job.counts.thumbnails == job.counts.added
    for words, name in {
        "a cup of coffee": "coffee.png",
        "a cat": "chelsea.png",
        "a rocket launch": "rocket.jpg",
    }.items():
        best = library.search(words, limit=3)[0]
        assert best.path is not None
        assert Path(best.path).name == name
        itself, *others = library.search(best.path, limit=3)
        assert (itself.media, len(others)) == (best.media, 2)
        assert library.search(str(best.media), limit=1)[0].media == best.media


def test_a_second_run_reads_nothing_and_moved_files_cost_no_computing(library: Library, photographs: Path) -> None:
    first = library.ingest(photographs)
    assert first.counts.found == first.counts.added + first.counts.duplicates + first.counts.failed == 30
    again = library.ingest(photographs)
    assert (again.counts.found, again.counts.unchanged) == (0, 30)
    moved = photographs.with_name("moved")
    os.rename(photographs / "000" / "3", moved)
    after = library.ingest(photographs.parent / "moved", photographs)
    assert after.counts.found == after.counts.duplicates == len(os.listdir(moved))
    assert after.counts.added == after.counts.vectors == after.counts.thumbnails == 0
    hit = library.search(str(next(moved.iterdir())), limit=1)[0]
    assert hit.path is not None
    assert Path(hit.path).parent == moved
    assert library.verify() == []


def test_every_bad_file_has_its_failure_row_and_odd_ones_are_found(library: Library, tmp_path: Path) -> None:
    expected = make_bad_folder(tmp_path / "bad")
    odd = make_good_odd_folder(tmp_path / "odd")
    job = library.ingest(tmp_path / "bad", tmp_path / "odd")
    assert job.state is JobState.DONE
    found = {os.path.basename(library_path(failure.url)): failure.reason for failure in library.failures()}
    assert found == expected
    assert job.counts.added + job.counts.duplicates == len(odd)
    again = library.ingest(tmp_path / "bad", tmp_path / "odd")
    assert again.counts.added == 0
    assert {os.path.basename(library_path(failure.url)) for failure in library.failures()} == set(expected)
    assert library.verify() == []


def library_path(url: str) -> str:
    from aptl3.storage.url import url_to_path

    return url_to_path(url)


def test_a_job_is_paused_followed_and_resumed_from_a_second_client(library: Library, photographs: Path) -> None:
    states: list[JobState] = []

    def pause(job: Job) -> None:
        states.append(job.state)
        with Client.start(library.root) as second:
            if len(states) == 1:
                second.ask("pause", job=job.id)

    job = library.ingest(photographs, events=pause)
    assert job.state is JobState.PAUSED
    assert job.pending + job.folders > 0
    with Client.start(library.root) as client:
        client.ask("resume", job=job.id)
        *_, last = client.follow(job.id)
    assert last["state"] == "done"
    assert last["added"] == 27


def test_two_clients_ingest_into_one_library(library: Library, photographs: Path, tmp_path: Path) -> None:
    from tests.photographs import make_folder

    other = make_folder(tmp_path / "other", 20, seed=2)
    results: dict[str, Any] = {}
    threads = [
        threading.Thread(target=lambda path=path: results.update({path.name: Library(library.root).ingest(path)}))
        for path in (photographs, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [results[name].state for name in ("photographs", "other")] == [JobState.DONE, JobState.DONE]
    assert library.verify() == []


def test_what_is_removed_leaves_nothing_and_a_backup_is_a_library(
    library: Library, photographs: Path, tmp_path: Path
) -> None:
    library.ingest(photographs)
    before = library.status()
    library.backup(tmp_path / "copy")
    counts = library.remove(photographs / "000" / "2")
    assert counts["media"] == counts["vectors"] == counts["thumbnails"] == 3
    after = library.status()
    assert before["media"] - after["media"] == 3
    assert library.verify() == []
    with Library(tmp_path / "copy") as copy:
        assert copy.status()["media"] == before["media"]
        assert copy.verify() == []
        assert len(copy.search("a cat", limit=5)) == 5


def test_a_damaged_index_is_stood_in_for_and_built_anew(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    library.rebuild_indexes()
    before = [hit.media for hit in library.search("a cat", limit=5)]
    stop(library.root)
    library.close()
    name = library.indexes()[0].files[0]
    library.store.layout.index_file("efficientnet-lite0", name).write_bytes(b"damage")
    assert [hit.media for hit in library.search("a cat", limit=5)] == before
    assert "damaged" in (library.answering()[0].wrong or "")
    with Client.start(library.root) as client:  # it looks at the indexes when it starts
        while client.ask("status")["stages"]["keeper"]["done"] == 0:
            continue
    stop(library.root)
    library.close()
    assert library.indexes()[0].files[0] != name
    assert library.answering()[0].wrong is None
    assert library.verify() == []


def test_a_single_file_tells_nothing_of_its_neighbours(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    folder = photographs / "000"
    make_photograph(folder / "new.jpg", 12345)
    job = library.ingest(folder / "new.jpg")
    assert job.counts.added == 1
    for neighbour in (folder / "1").iterdir():
        media = library.store.media_at(str(neighbour))
        assert media is not None
        assert not any(place.missing for place in library.store.locations(media))


def test_what_was_deleted_or_edited_is_no_answer_any_more(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3):
        make_photograph(folder / f"{number}.jpg", number)
    library.ingest(folder)
    (folder / "0.jpg").unlink()
    with open(folder / "1.jpg", "ab") as file:
        file.write(b"metadata")
    library.ingest(folder)
    hits = library.search("a cat", limit=10)
    assert sorted(Path(hit.path or "").name for hit in hits) == ["1.jpg", "2.jpg"]


def test_mistakes_are_told(tmp_path: Path, library: Library) -> None:
    with pytest.raises(BadArgument, match="does not exist"):
        library.ingest(tmp_path / "nowhere")
    with pytest.raises(LibraryMissing):
        library.search("a cat")
