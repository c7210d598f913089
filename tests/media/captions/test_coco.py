from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.errors import BadArgument
from aptl3.media.captions import coco
from aptl3.records.relation import Caption

MINI = Path(__file__).parents[4] / "shared" / "coco-mini"


def written(folder: Path, document: Any) -> Path:
    path = folder / "captions.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def image(number: int, name: str) -> dict[str, Any]:
    return {"license": 1, "file_name": name, "coco_url": "http://example.org", "id": number}


def annotation(number: int, text: Any) -> dict[str, Any]:
    return {"image_id": number, "id": number + 1000, "caption": text}


DOCUMENT = {
    "info": {"year": 2017},
    "licenses": [{"id": 1, "name": "free"}],
    "images": [image(7, "7.jpg"), image(3, "sub/3.jpg"), image(9, "9.jpg")],
    "annotations": [
        annotation(3, "a cat"),
        annotation(7, "a dog. "),
        annotation(7, "two dogs"),
        annotation(7, "a dog."),
    ],
}


def test_photographs_come_in_the_order_of_the_file_with_all_their_captions(tmp_path: Path) -> None:
    found = coco.read(written(tmp_path, DOCUMENT), tmp_path / "photographs")
    dog, cat = str(tmp_path / "photographs" / "7.jpg"), str(tmp_path / "photographs" / "sub" / "3.jpg")
    assert list(found) == [Caption(dog, "a dog."), Caption(dog, "two dogs"), Caption(cat, "a cat")]
    assert found.skipped == {"twice": 1}


def test_one_caption_of_each(tmp_path: Path) -> None:
    found = coco.read(written(tmp_path, DOCUMENT), tmp_path, "one")
    assert [pair.text for pair in found] == ["a dog.", "a cat"]


def test_one_caption_is_the_first_that_is_one(tmp_path: Path) -> None:
    document = {"images": [image(1, "1.jpg")], "annotations": [annotation(1, " "), annotation(1, "a cat")]}
    found = coco.read(written(tmp_path, document), tmp_path, "one")
    assert [pair.text for pair in found] == ["a cat"]
    assert found.skipped == {"empty": 1}


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "/etc/a.jpg", "a/../../b.jpg", "", ".", "..", "c:\\a.jpg", "c:a.jpg", "a\0b", None, 3, "\\\\s\\a"],
)
def test_names_that_lead_elsewhere_are_left_out(tmp_path: Path, name: Any) -> None:
    document = {"images": [{"id": 1, "file_name": name}], "annotations": [annotation(1, "a cat")]}
    found = coco.read(written(tmp_path, document), tmp_path)
    assert len(found) == 0
    assert found.skipped["an image without a proper file_name"] == 1


def test_captions_of_unknown_images_and_odd_entries_are_counted(tmp_path: Path) -> None:
    document = {
        "images": [image(1, "1.jpg"), {"id": 2}, "x", {"id": [1], "file_name": "l.jpg"}],
        "annotations": [annotation(5, "a cat"), {"caption": "?"}, 4, {"image_id": [1], "caption": "x"}],
    }
    found = coco.read(written(tmp_path, document), tmp_path)
    assert len(found) == 0
    assert found.skipped == {
        "an annotation without image_id and caption": 2,
        "an image without a proper file_name": 2,
        "its image is not in the file": 2,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "broken JSON"),
        ('{"images": [', "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("[]", "no caption file"),
        ('{"images": []}', "no caption file"),
        ('{"images": {}, "annotations": []}', "no caption file"),
        ('{"id": 1, "file_name": "a", "images": []}', "no caption file"),
        ("1" * 5000, "JSON|no caption file"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadArgument, match=said) as caught:
        coco.read(written(tmp_path, text), tmp_path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_utf8_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with pytest.raises(BadArgument, match="cannot be read"):
        coco.read(path, tmp_path)
    path.write_bytes(b'{"images": ["\xff"]}')
    with pytest.raises(BadArgument, match="broken JSON"):
        coco.read(path, tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["images", "annotations", "id", "image_id", "caption", "file_name"]), inner)
    ),
)


@given(document=JSON)
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
    path = written(tmp_path_factory.getbasetemp(), document)
    try:
        found = coco.read(path, "/photographs")
    except BadArgument:
        return
    assert all(Path(pair.path).is_relative_to("/photographs") for pair in found)


@pytest.mark.skipif(not MINI.is_dir(), reason="the captioned photographs are not here")
def test_a_file_of_coco() -> None:
    found = coco.read(MINI / "annotations" / "captions_train2017.json", MINI / "train2017")
    assert (len(found.photographs), len(found)) == (80, 400)
    assert all(Path(path).is_file() for path in found.photographs)
    assert found.skipped == {}
