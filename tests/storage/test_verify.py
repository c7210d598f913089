from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import LibraryMissing, LibraryNewer
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import FOLDER, add_models, alignment, ingest, queue, relate, result

SEGMENT = "vectors/red/000001"


@pytest.fixture
def library(root: Path) -> Path:
    """A closed library with four media items and a job under way."""
    with Writer.open(root) as writer:
        add_models(writer)
        ingest(writer, {name: content for content, name in enumerate("abcd")})
        queue(writer, ["x", "y"], "/later")
    return root


def change(root: Path, *statements: str) -> None:
    with closing(sqlite3.connect(root / "library.sqlite3", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def overwrite(path: Path, at: int, data: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def test_a_sound_library_has_no_problems(library: Path) -> None:
    assert verify(library) == []


def test_a_library_in_use_has_no_problems(library: Path) -> None:
    with Writer.open(library) as writer:
        job, [item] = queue(writer, ["z"])
        with writer.checkpoint() as checkpoint:
            checkpoint.commit_result(result(job, item, 9))
            checkpoint.finish()  # written and synced, not committed
            assert verify(library) == []
    assert verify(library) == []


def test_nothing_to_check_is_an_error(root: Path, library: Path) -> None:
    with pytest.raises(LibraryMissing):
        verify(root.parent)
    change(library, "PRAGMA user_version = 77")
    with pytest.raises(LibraryNewer):
        verify(library)


@pytest.mark.parametrize("offset", range(0, 128, 13))
def test_every_byte_of_a_vector_is_checked(library: Path, offset: int) -> None:
    path = library / SEGMENT
    old = path.read_bytes()[offset]
    overwrite(path, offset, bytes([old ^ 1]))
    [problem] = verify(library)
    assert problem == f"{path}: the vector of media item {offset // 32 + 1} is not what was stored"


def test_many_problems_are_told_in_a_few_lines(library: Path) -> None:
    with Writer.open(library) as writer:
        ingest(writer, {f"{content}": content for content in range(100, 130)})
    overwrite(library / SEGMENT, 0, bytes(34 * 32))
    problems = verify(library)
    assert len(problems) == 11
    assert problems[-1] == "… and 24 more of that kind"


def test_vectors_are_checked_window_by_window(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.storage.verify._WINDOW", 70)
    assert verify(library) == []
    overwrite(library / SEGMENT, 3 * 32, b"?")
    [problem] = verify(library)
    assert "media item 4 " in problem


def test_short_and_missing_vector_files(library: Path) -> None:
    path = library / SEGMENT
    path.write_bytes(path.read_bytes()[:70])
    assert verify(library) == [f"{path}: the file is too short, 2 of 4 vectors are lost"]
    path.unlink()
    [problem] = verify(library)
    assert problem.startswith(f"{path}: cannot be read")


@pytest.mark.parametrize("values", [[np.nan, 1], [np.inf, 0], [0.5, 0.5], [0, 0]])
def test_vectors_must_be_finite_and_of_length_one(writer: Writer, root: Path, values: list[float]) -> None:
    from dataclasses import replace

    job, [item] = queue(writer, ["a"])
    vector = np.zeros(16, "<f2")
    vector[:2] = values
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, item, 1), vectors={"red": vector.tobytes()}))
    [problem] = verify(root)
    assert "has the length" in problem


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM thumbnail WHERE media = 2", "3 rows of thumbnail are there, 4 were counted"),
        ("DELETE FROM vector WHERE media = 2 AND model = 1", "3 vectors of segment 1 are there, 4 were counted"),
        ("UPDATE job SET pending = 7 WHERE pending > 0", "2 items and 0 folders are left of job 2"),
        ("UPDATE segment SET rows = 3 WHERE id = 1", "media item 4 is no row of segment 1"),
        ("UPDATE location SET media = 99 WHERE media = 2", "a row of location points at no media"),
        ("UPDATE thumbnail SET width = 31 WHERE media = 3", "media item 3 is 30 × 20, not 31 × 20"),
        ("UPDATE thumbnail SET jpeg = x'FFD8' WHERE media = 3", "media item 3 is no JPEG"),
        (
            "INSERT INTO media (hash, size, format, width, height) VALUES (x'00', 1, 'PNG', 1, 1)",
            "media item 5 has neither a vector nor a thumbnail",
        ),
    ],
)
def test_rows_that_do_not_fit_together(library: Path, statement: str, expected: str) -> None:
    with closing(sqlite3.connect(library / "library.sqlite3")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    keeps = [f"DROP TRIGGER {name}" for (name,) in triggers if name != "media_added"]
    change(library, *keeps, statement)
    assert [problem for problem in verify(library) if expected in problem], verify(library)


def test_files_of_alignments_are_checked(library: Path) -> None:
    with Writer.open(library) as writer, writer.checkpoint() as checkpoint:
        for name in ("1.aln", "2.aln", "3.aln"):
            checkpoint.add_alignment(alignment(writer, name))
    assert verify(library) == []
    overwrite(library / "alignments" / "2.aln", 3, b"!")
    (library / "alignments" / "1.aln").unlink()
    changed, lost = verify(library)
    assert changed.startswith(f"{library / 'alignments' / '2.aln'}: is not what was stored")
    assert lost.startswith(f"{library / 'alignments' / '1.aln'}: cannot be read")


def test_texts_are_counted(library: Path) -> None:
    with Writer.open(library) as writer:
        relate(writer, {"a": "a man", "b": "a dog"})
    assert verify(library) == []
    change(library, "DROP TRIGGER text_gone", "DELETE FROM text WHERE media = 5")
    assert verify(library) == [
        "catalog: 1 rows of text are there, 2 were counted",
        "media item 5 has neither a vector nor a thumbnail nor words",
    ]


def _overwrite_index(root: Path) -> None:
    """Swaps two keys of an index on folders: the table says otherwise then."""
    data = (root / "library.sqlite3").read_bytes()
    key = FOLDER.encode()
    first = data.index(key)
    overwrite(root / "library.sqlite3", data.index(key, first + 1), b"/phot0graphs")


def _overwrite_pages(root: Path) -> None:
    path = root / "library.sqlite3"
    overwrite(path, 4096, bytes(path.stat().st_size - 4096))


@pytest.mark.parametrize("damage", [_overwrite_index, _overwrite_pages])
def test_a_damaged_catalog_is_told_and_not_raised(library: Path, damage: Callable[[Path], None]) -> None:
    damage(library)
    problems = verify(library)
    assert problems
    assert all("catalog" in problem for problem in problems[:1])


def test_a_file_that_is_no_database_is_told(library: Path) -> None:
    (library / "library.sqlite3").write_bytes(b"?" * 10_000)
    [problem] = verify(library)
    assert "damaged" in problem
