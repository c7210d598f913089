"""Relations on the command line: captions from everywhere, and what is wrong with them in one line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from aptl3 import Library
from aptl3.cli import aptl3
from aptl3.errors import Aptl3Error, BadArgument, LibraryMissing
from tests.photographs import make_photograph


@pytest.fixture
def known(library: Library, tmp_path: Path) -> Path:
    """A folder with three photographs, which the library has."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(3):
        make_photograph(folder / f"{number}.jpg", number)
    library.ingest(folder)
    return folder


def typed(library: Library, *arguments: object) -> Result:
    return CliRunner().invoke(aptl3, [*map(str, arguments), "-d", str(library.root)], standalone_mode=False)


def answer(library: Library, *arguments: object) -> object:
    done = typed(library, *arguments, "--json")
    assert done.exception is None, done.output
    return json.loads(done.stdout)


def refused(library: Library, *arguments: object) -> str:
    done = typed(library, *arguments)
    assert isinstance(done.exception, Aptl3Error), done.output
    assert "\n" not in str(done.exception)
    return str(done.exception)


def written(path: Path, rows: list[tuple[object, str]]) -> Path:
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("path", "text"), *rows])
    return path


def test_relations_are_added_listed_and_deleted(library: Library, known: Path) -> None:
    table = written(
        known / "t.csv", [("0.jpg", "red blobs"), ("1.jpg", "green blobs"), ("gone.jpg", "x"), ("2.jpg", "")]
    )
    added = answer(library, "relations", "add", "blobs", "--table", table)
    assert isinstance(added, dict)
    assert (added["pairs"], added["known"], added["missing"], added["skipped"]) == (2, 0, 1, {"empty": 1})
    again = answer(library, "relations", "add", "blobs", "--table", table)
    assert isinstance(again, dict)
    assert (again["pairs"], again["known"], again["missing"]) == (0, 2, 1)
    relations = answer(library, "relations")
    assert isinstance(relations, list)
    [relation] = relations
    assert (relation["name"], relation["pairs"], relation["pictures"], relation["texts"]) == ("blobs", 2, 2, 2)
    listed = typed(library, "relations")
    assert "blobs" in listed.stdout
    gone = answer(library, "relations", "delete", relation["id"])
    assert isinstance(gone, dict)
    assert gone["pairs"] == 2
    assert answer(library, "relations") == []
    assert library.verify() == []


def test_texts_of_a_relation_are_embedded_and_found(library: Library, known: Path) -> None:
    for number, text in enumerate(("a cup of coffee", "a steam locomotive", "two zebras")):
        (known / f"{number}.txt").write_text(text)
    answer(library, "relations", "add", "beside", "--sidecar", known)
    [hit, *_] = library.search("a train with a steam engine", modality="text")
    assert hit.words == "a steam locomotive"


def test_captions_inside_photographs(library: Library, known: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "three friends"
    Image.open(known / "0.jpg").save(known / "3.jpg", exif=exif)
    library.ingest(known)
    added = answer(library, "relations", "add", "inside", "--embedded", known)
    assert isinstance(added, dict)
    assert (added["pairs"], added["skipped"]) == (1, {"no caption inside": 3})


def test_captions_of_coco(library: Library, known: Path) -> None:
    folder = known.parent / "annotations"
    folder.mkdir()
    document = {
        "images": [{"id": 1, "file_name": "0.jpg"}, {"id": 2, "file_name": "1.jpg"}],
        "annotations": [{"image_id": number, "caption": text} for number in (1, 2) for text in (f"a{number}", "b")],
    }
    file = folder / "captions_photographs.json"
    file.write_text(json.dumps(document))
    one = answer(library, "relations", "add", "coco", "--coco", file, "--captions", "one")
    more = answer(library, "relations", "add", "coco", "--coco", file, "--photographs", known)
    assert isinstance(one, dict) and isinstance(more, dict)
    assert (one["pairs"], more["pairs"], more["known"]) == (2, 2, 2)
    assert "--photographs" in refused(library, "relations", "add", "coco", "--coco", file.rename(known / "x.json"))


def test_mistakes_are_one_line_and_leave_nothing(library: Library, known: Path, tmp_path: Path) -> None:
    broken = tmp_path / "captions.json"
    broken.write_text('{"images": [{"id": 1, "file_name": "0.jpg"}], "annotations": [{"image_id": 1, "caption": "x"}')
    assert "broken JSON" in refused(library, "relations", "add", "a", "--coco", broken, "--photographs", known)
    elsewhere = written(tmp_path / "t.csv", [("nowhere.jpg", "a cat")])
    assert "None of the 1 photographs" in refused(library, "relations", "add", "a", "--table", elsewhere)
    assert "no captions" in refused(library, "relations", "add", "a", "--table", written(tmp_path / "e.csv", []))
    half = tmp_path / "half.csv"
    half.write_text(f'path,text\n{known / "0.jpg"},red\n{known / "1.jpg"},"no end')
    assert "broken at line" in refused(library, "relations", "add", "a", "--table", half)
    assert "relation" in refused(library, "relations", "delete", "a")
    assert library.relations() == []
    assert library.store.counts().texts == 0


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    with Library(tmp_path / "none") as library:
        assert isinstance(typed(library, "relations").exception, LibraryMissing)
        table = written(tmp_path / "t.csv", [("0.jpg", "a cat")])
        assert isinstance(typed(library, "relations", "add", "a", "--table", table).exception, LibraryMissing)
        assert isinstance(typed(library, "relations", "add", "a", "--table", "none.csv").exception, BadArgument)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["add"],
        ["delete"],
        ["list", "x"],
        ["add", "x"],
        ["add", "x", "--table", "a", "--sidecar", "b"],
        ["list", "--table", "a"],
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_read(arguments: list[str]) -> None:
    done = CliRunner().invoke(aptl3, ["relations", *arguments])
    assert done.exit_code == 2
    assert "Error: " in done.stderr
