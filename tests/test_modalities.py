"""Texts, models that come and go, and captions, the whole way through real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
import psutil
import pytest

from aptl3 import Library
from aptl3.errors import Aptl3Error, BadArgument, ModelUnavailable
from aptl3.fitting.evaluation.evaluation import Plan
from aptl3.library import CAPTIONS
from aptl3.records.failure import Reason
from aptl3.records.job import Job, JobState
from aptl3.records.relation import Caption, Related
from aptl3.service.client import Client
from tests.conftest import stop
from tests.photographs import make_folder, make_photograph

DEFAULTS = ["efficientnet-lite0", "all-minilm-l6-v2"]


def vectors(library: Library) -> dict[str, int]:
    return {model["name"]: model["vectors"] for model in library.models()}


def captions(folder: Path) -> list[Caption]:
    """One of each photograph that is not the copy of another, no two alike."""
    return [Caption(str(path), f"number {path.stem}") for path in sorted(folder.rglob("*.jpg"))]


def test_texts_are_ingested_beside_photographs(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make_photograph(folder / "photo.jpg", 1)
    (folder / "note.txt").write_text("a red bicycle at the sea\n", "utf-8")
    (folder / "old.TXT").write_bytes("Café".encode("cp1252"))
    (folder / "same.txt").write_text("two dogs", "utf-8")
    (folder / "blank.txt").write_text(" \n")
    (folder / "archive.txt").write_bytes(b"PK\x03\x04" + bytes(100))
    (folder / ".hidden.txt").write_text("never")
    job = library.ingest(folder, "data:,two dogs", "data:,a%20cat")
    assert (job.state, job.counts.found) == (JobState.DONE, 8)
    assert (job.counts.added, job.counts.duplicates, job.counts.failed) == (5, 1, 2)
    reasons = {os.path.basename(failure.url): failure.reason for failure in library.failures()}
    assert reasons == {"blank.txt": Reason.EMPTY, "archive.txt": Reason.CORRUPT}
    assert vectors(library) == {"efficientnet-lite0": 1, "all-minilm-l6-v2": 4}
    said = {}
    for name in ("note.txt", "old.TXT", "same.txt"):
        media = library.store.media_at(str(folder / name))
        assert media is not None
        said[name] = library.store.words(media)
    assert said == {"note.txt": "a red bicycle at the sea", "old.TXT": "Café", "same.txt": "two dogs"}
    assert library.store.media_at("data:,two%20dogs") == library.store.media_at(str(folder / "same.txt"))
    again = library.ingest(folder, "data:,two dogs")
    assert (again.counts.found, again.counts.unchanged) == (0, 7)
    assert library.remove("data:,")["media"] == 1
    assert library.verify() == []


def test_a_model_comes_and_goes_while_search_goes_on(library: Library, photographs: Path) -> None:
    (photographs / "note.txt").write_text("a cat")
    library.ingest(photographs)
    before = [hit.media for hit in library.search("a cat", limit=5)]
    found: list[list[int]] = []

    def search(job: Job) -> None:
        found.append([hit.media for hit in library.search("a cat", limit=5)])

    job = library.add_model("r-16", events=search)
    assert (job.state, job.error, job.counts.vectors, job.counts.added) == (JobState.DONE, None, 27, 0)
    job = library.add_model("r-16-text")
    assert (job.state, job.counts.vectors) == (JobState.DONE, 1)
    assert vectors(library) == {"efficientnet-lite0": 27, "all-minilm-l6-v2": 1, "r-16": 27, "r-16-text": 1}
    assert before in found
    (photographs / "new.txt").write_text("another text")
    make_photograph(photographs / "new.jpg", 777)
    assert library.ingest(photographs).counts.vectors == 4
    for name in ("r-16", "r-16-text"):
        assert library.remove_model(name)[name]["vectors"] == vectors_of(name)
    assert sorted(model["name"] for model in library.models()) == sorted(DEFAULTS)
    assert traces(library.root, "r-16") == []
    assert library.verify() == []
    with pytest.raises(BadArgument, match="no model"):
        library.remove_model("r-16")
    assert library.ingest(photographs).counts.found == 0


def vectors_of(name: str) -> int:
    return {"r-16": 28, "r-16-text": 2}[name]


def traces(root: Path, name: str) -> list[str]:
    """Files and rows that are left of a model. Only the catalog may tell its name: that it is not wanted."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.name.startswith("library.sqlite3")]
    found = [str(path) for path in root.rglob("*") if name in path.name]
    found += [str(path) for path in files if name.encode() in path.read_bytes()]
    connection = sqlite3.connect(root / "library.sqlite3")
    try:
        rows = connection.execute("SELECT name FROM model UNION ALL SELECT model FROM alignment_model").fetchall()
        known = {name for (name,) in rows}
        segments = connection.execute("SELECT count(*) FROM segment WHERE model NOT IN (SELECT id FROM model)")
        orphans = [str(count) for (count,) in segments if count]
    finally:
        connection.close()
    return found + orphans + sorted(known & {name})


def test_a_default_that_was_removed_stays_away_until_it_is_added_again(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    library.relate("mine", captions(photographs), "a test")
    library.evaluate(Plan(learning=False, trees=()))
    assert any(library.store.layout.evaluations.iterdir())
    gone = {"vectors": 27, "indexes": 1, "alignments": 0}
    assert library.remove_model("efficientnet-lite0") == {"efficientnet-lite0": gone}
    assert traces(library.root, "efficientnet-lite0") == []
    make_photograph(photographs / "new.jpg", 777)
    assert library.ingest(photographs).counts.vectors == 0
    job = library.add_model("efficientnet-lite0")
    assert (job.counts.vectors, vectors(library)["efficientnet-lite0"]) == (28, 28)
    assert library.verify() == []


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_fill_job_that_was_killed_goes_on(library: Library, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "many", 400, seed=5)
    library.ingest(folder)
    whole = vectors(library)["efficientnet-lite0"]
    killed: list[int] = []

    def kill(job: Job) -> None:
        if not killed:
            killed.append(job.id)
            with Client.start(library.root) as client:
                process = psutil.Process(client.pid)
            while not any(model.vectors for model in library.store.models() if model.name == "r-64"):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait(20)

    with pytest.raises(Aptl3Error, match="run the same command"):
        library.add_model("r-64", events=kill)
    assert 0 < vectors(library)["r-64"] < whole
    job = library.fill()
    assert [job.id] == killed
    assert (job.state, job.counts.vectors, vectors(library)["r-64"]) == (JobState.DONE, whole, whole)
    assert library.fill().counts.found == 0
    assert library.verify() == []


def test_captions_are_related_embedded_and_taken_out_again(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    known = captions(photographs)
    gone = [Caption(str(photographs / f"gone {number}.jpg"), "nobody sees this") for number in range(7)]
    bad = sum("is no photograph" in Path(one.path).read_text("latin-1")[:30] for one in known)
    related = library.relate("mine", [*known, *gone], "a test")
    assert related == Related(pairs=len(known) - bad, missing=7 + bad)
    (relation,) = library.relations()
    assert (relation.name, relation.source, relation.pictures) == ("mine", "a test", 27)
    assert vectors(library)["all-minilm-l6-v2"] == relation.texts == len(known) - bad
    assert library.store.media_at("data:," + quote("nobody sees this")) is None
    assert library.relate("mine", known, "a test") == Related(known=len(known) - bad, missing=bad)
    assert library.relate("none of it", gone, "a test") == Related(missing=7)
    assert [one.name for one in library.relations()] == ["mine"]
    assert library.remove_relation("mine")["texts"] == relation.texts
    assert vectors(library)["all-minilm-l6-v2"] == 0
    assert (library.relations(), library.verify()) == ([], [])


def test_of_captions_of_which_one_is_none_nothing_is_stored(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    known = captions(photographs)
    many = [Caption(path, f"{text} and {number}") for number in range(40) for path, text in known]
    assert len(many) > CAPTIONS
    with pytest.raises(BadArgument, match=r"known\.jpg is empty"):
        library.relate("mine", iter([*many, Caption("known.jpg", " ")]), "a test")
    assert (library.relations(), library.status()["texts"]) == ([], 0)


def test_an_alignment_is_fitted_on_captions_and_goes_with_its_model(library: Library, photographs: Path) -> None:
    make_folder(photographs, 120, seed=7)
    library.ingest(photographs)
    library.relate("mine", captions(photographs), "a test")
    record = library.align(DEFAULTS, relation="mine", recipe="pairs", name="by captions")
    assert (record.name, sorted(record.models), record.relation) == ("by captions", sorted(DEFAULTS), 1)
    assert library.alignments() == [record]
    assert library.store.layout.alignment(record.file).exists()
    library.remove_model("all-minilm-l6-v2")
    assert library.alignments() == []
    assert not library.store.layout.alignment(record.file).exists()
    with pytest.raises(BadArgument, match="all-minilm-l6-v2"):
        library.align(DEFAULTS, relation="mine")
    with pytest.raises(BadArgument, match="no alignment"):
        library.remove_alignment(record.id)
    assert library.verify() == []


def test_mistakes_are_one_line_each_and_leave_nothing(library: Library, photographs: Path, tmp_path: Path) -> None:
    library.ingest(photographs)
    with pytest.raises(BadArgument, match="r-16x"):
        library.add_model("r-16x")
    with pytest.raises((BadArgument, ModelUnavailable)):
        library.add_model("r-16", weights=tmp_path / "none.pt")
    with pytest.raises(BadArgument, match="no relation"):
        library.align(relation="none")
    with pytest.raises(BadArgument, match="no relation"):
        library.remove_relation(7)
    with pytest.raises(BadArgument, match="empty"):
        library.relate("mine", [Caption(str(photographs / "000" / "0" / "photo 000000.jpg"), "  ")], "a test")
    with pytest.raises(BadArgument, match="says nothing"):
        library.ingest("data:,%20")
    library.relate("mine", captions(photographs)[:3], "a test")
    with pytest.raises(BadArgument, match="too few"):
        library.align(relation="mine", recipe="pairs")
    assert sorted(model["name"] for model in library.models()) == sorted(DEFAULTS)
    assert library.alignments() == []
    assert os.listdir(library.store.layout.alignments) == []


def test_models_that_were_away_are_made_up_for(library: Library, photographs: Path) -> None:
    """A model by an entry point of a package that is not installed any more stands for one whose drive is away."""
    library.ingest(photographs)
    library.add_model("r-16")
    stop(library.root)
    library.close()
    rename(library.root, "r-16", "r-16-lost")
    make_photograph(photographs / "new.jpg", 777)
    job = library.ingest(photographs)
    assert (job.state, job.counts.vectors) == (JobState.DONE, 1)
    assert "r-16-lost" in (job.error or "")
    stop(library.root)
    library.close()
    rename(library.root, "r-16-lost", "r-16")
    job = library.fill()
    assert (job.state, job.error, job.counts.vectors) == (JobState.DONE, None, 1)
    rows = library.store.vectors_of("r-16", sorted(library.store.placed(range(1, 40))))
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


def rename(root: Path, before: str, after: str) -> None:
    os.rename(root / "vectors" / before, root / "vectors" / after)
    if (root / "indexes" / before).exists():
        os.rename(root / "indexes" / before, root / "indexes" / after)
    connection = sqlite3.connect(root / "library.sqlite3")
    try:
        with connection:
            connection.execute("UPDATE model SET name = ? WHERE name = ?", (after, before))
    finally:
        connection.close()
