"""Captions in a table: CSV (also with ``;``, ``|`` or tabs) with a header, or JSON lines.

Guarantees: the whole file is read and found good before anything comes out; the place of what is broken is told.
Columns are found by their names, whatever their order and case: one for the photograph (``path``, ``file`` …), one
for the words (``text``, ``caption`` …). Relative paths start at the table's own folder. The encoding is found as for
text files. In JSON lines the words may be a list.

Source: RFC 4180 (CSV); JSON Lines (one object a line).
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping

from aptl3.errors import BadArgument, MediaError
from aptl3.media.captions.captions import Captions, Collector
from aptl3.media.text import decoded

PATH_NAMES = ("path", "file", "file_name", "filename", "filepath", "image", "photo", "photograph", "picture")
TEXT_NAMES = ("text", "caption", "captions", "comment", "description", "sentence", "title")
JSON_LINES = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t|"

_Row = tuple[object, object]


def read(file: str | os.PathLike[str]) -> Captions:
    """All captions of the table, in its order.

    Raises:
        BadArgument: the file cannot be read, is broken (it says in which line), or has no columns of known names.
    """
    name = os.path.abspath(file)
    text = _content(name)
    rows = _json_rows(text, name) if name.lower().endswith(JSON_LINES) else _csv_rows(text, name)
    folder = os.path.dirname(name)
    collector = Collector()
    for path, words in rows:
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            collector.skip("no path")
            continue
        place = os.path.abspath(os.path.join(folder, path.strip()))
        for one in words if isinstance(words, list) else [words]:
            collector.add(place, one)
    return collector.captions()


def _content(name: str) -> str:
    try:
        with open(name, "rb") as stream:
            return decoded(stream.read())
    except OSError as error:
        raise BadArgument(f"{name} cannot be read: {error.strerror or error}.") from error
    except MediaError as error:
        raise BadArgument(f"{name} is no text ({error}): give a CSV file or JSON lines.") from error


def _csv_rows(text: str, name: str) -> Iterator[_Row]:
    delimiter, at_path, at_text = _columns(text, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = filter(None, reader)  # without empty lines
        next(rows)
        for row in rows:
            yield (_field(row, at_path), _field(row, at_text))
    except csv.Error as error:
        raise BadArgument(f"{name} is broken at line {reader.line_num} ({error}): mend that line.") from error


def _field(row: list[str], at: int) -> str | None:
    return row[at] if at < len(row) else None


def _columns(text: str, name: str) -> tuple[str, int, int]:
    """The delimiter under which the first line is a header, and where path and words stand in it."""
    line = text.lstrip("\r\n").split("\n", 1)[0]
    for delimiter in _DELIMITERS:
        titles = [title.strip().strip('"').strip().lower() for title in line.split(delimiter)]
        at_path = next((titles.index(one) for one in PATH_NAMES if one in titles), None)
        at_text = next((titles.index(one) for one in TEXT_NAMES if one in titles), None)
        if at_path is not None and at_text is not None:
            return delimiter, at_path, at_text
    raise BadArgument(f"{name} needs a first line that names its columns, as in path,text.")


def _json_rows(text: str, name: str) -> Iterator[_Row]:
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines(): U+2028 may stand inside a JSON string
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadArgument(f"{name} is broken at line {number} ({error}): one JSON object a line.") from error
        if not isinstance(row, dict):
            raise BadArgument(f"{name} is broken at line {number}: it holds no JSON object.")
        yield (_named(row, PATH_NAMES), _named(row, TEXT_NAMES))


def _named(row: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if name in row), None)
