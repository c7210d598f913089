from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.errors import BadArgument
from aptl3.media.captions import table


def read(folder: Path, data: str | bytes, name: str = "captions.csv") -> list[tuple[str, str]]:
    """What the table gives, by paths relative to its folder."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return [(str(Path(pair.path).relative_to(folder)), pair.text) for pair in table.read(path)]


@pytest.mark.parametrize(
    "data",
    [
        "path,text\na.jpg,a cat\n",
        "Text;Image\r\na cat;a.jpg\r\n",
        'id\tfile_name\tCaption\n1\ta.jpg\t"a cat"\n',
        "image| number| comment\na.jpg| 0| a cat\n",
        '\n"path","text"\n\na.jpg,a cat\n\n',
        "path,text\n./x/../a.jpg , a cat\n",
    ],
)
def test_columns_are_found_by_name(tmp_path: Path, data: str) -> None:
    assert read(tmp_path, data) == [("a.jpg", "a cat")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "path,text\né.jpg,ein Café\n".encode(encoding)) == [("é.jpg", "ein Café")]


def test_a_field_may_hold_anything(tmp_path: Path) -> None:
    assert read(tmp_path, 'path,text\n"a, b.jpg","two\nlines, ""quoted"""\n') == [("a, b.jpg", 'two\nlines, "quoted"')]


def test_json_lines(tmp_path: Path) -> None:
    lines = [{"image": "a.jpg", "captions": ["a cat", "a\u2028dog"]}, {"path": "/b.jpg", "text": "x", "n": 1}]
    text = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path = tmp_path / "t.jsonl"
    path.write_text(text, "utf-8")
    a = str(tmp_path / "a.jpg")
    assert [tuple(pair) for pair in table.read(path)] == [
        (a, "a cat"),
        (a, "a\u2028dog"),
        (str(Path("/b.jpg").absolute()), "x"),
    ]


def test_what_lacks_something_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("path,text\na.jpg\n,a cat\nb.jpg,\nc.jpg,a dog\n")
    found = table.read(path)
    assert [pair.text for pair in found] == ["a dog"]
    assert found.skipped == {"no text": 1, "no path": 1, "empty": 1}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.csv", b"a.jpg,a cat\n", "first line that names its columns"),
        ("t.csv", b"", "first line that names its columns"),
        ("t.csv", b'path,text\na.jpg,"a cat\n', "broken at line"),
        ("t.csv", b'path,text\na.jpg,x\nb.jpg,"a"cat\n', "broken at line 3"),
        ("t.csv", b"path,text\na.jpg," + b"x" * 200_000, "broken at line 2"),
        ("t.csv", b"\xff\xfe\x00", "no text"),
        ("t.csv", b"\x81\x8d\xff", "no text"),
        ("t.jsonl", b'{"path": "a.jpg", "text": "x"}\n{"path": ', "broken at line 2"),
        ("t.jsonl", b'["a.jpg", "x"]', "no JSON object"),
        ("t.jsonl", b"[" * 100_000, "broken at line 1"),
    ],
)
def test_a_broken_table_is_one_line(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadArgument, match=said) as caught:
        read(tmp_path, data, name)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    for place in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadArgument, match="cannot be read"):
            table.read(place)


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0/\\", exclude_categories=["C", "Z"]), min_size=1)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(NAMES, WORDS), max_size=8))
def test_what_python_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    base = tmp_path_factory.getbasetemp()
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("path", "text"), *rows])
    lines = "\n".join(json.dumps({"path": path, "text": text}) for path, text in rows)
    (base / "t.csv").write_bytes(stream.getvalue().encode())
    (base / "t.jsonl").write_text(lines)
    expected = dict.fromkeys((str(base / path), text.strip()) for path, text in rows if text.strip())
    expected = {pair: None for pair in expected if Path(pair[0]).name not in (".", "..")}
    for name in ("t.csv", "t.jsonl"):
        found = [tuple(pair) for pair in table.read(base / name)]
        assert [pair for pair in found if Path(pair[0]).parent == base] == list(expected)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    base = tmp_path_factory.getbasetemp()
    for name in ("any.csv", "any.jsonl"):
        (base / name).write_bytes(b"path,text\n" + data)
        try:
            table.read(base / name)
        except BadArgument as error:
            assert "\n" not in str(error)
