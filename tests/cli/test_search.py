from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aptl3.cli import aptl3
from aptl3.cli.search import WORDS, as_document, listed
from aptl3.library import Library
from aptl3.records.query import Hit
from aptl3.storage.writer import Writer


def hits(*likely: bool, **more: Any) -> list[Hit]:
    return [
        Hit(n, 5.0 - n, n, f"file:///{n}.jpg", f"/{n}.jpg", more.pop("via", "a → b"), likely=one, **more)
        for n, one in enumerate(likely, 1)
    ]


def test_a_line_lies_under_the_likely_ones() -> None:
    assert list(listed(hits(True, True, False), 20)) == [
        "   1    4.00  /1.jpg",
        "   2    3.00  /2.jpg",
        "---- 2 likely matches above",
        "   3    2.00  /3.jpg",
    ]
    assert list(listed(hits(True, False), 20))[1] == "---- 1 likely match above"


def test_without_likely_ones_the_list_says_so_first() -> None:
    assert list(listed(hits(False), 20)) == ["---- no likely matches; what comes nearest:", "   1    4.00  /1.jpg"]
    assert list(listed([], 20)) == []


@pytest.mark.parametrize(("asked", "more"), [(2, True), (3, False)])
def test_where_all_are_likely_there_may_be_more(asked: int, more: bool) -> None:
    last = list(listed(hits(True, True), asked))[-1]
    assert last.startswith("---- 2 likely matches above")
    assert last.endswith("-n") == more


def test_several_ways_are_told_apart() -> None:
    two = [*hits(True), *hits(True, via="c")]
    assert [line.endswith(")") for line in listed(two, 20)] == [True, True, False]


def test_texts_are_shown_by_their_words_on_one_line() -> None:
    place = Hit(1, 3.0, 1, "data:,x", None, "a", "text", words="two\nwords \x1b[31m" + "x" * 500)
    (_, line) = listed([place], 20)
    assert "“two words \\x1b[31mx" in line
    assert line.endswith("…”")
    assert len(line) < WORDS + 30
    (_, in_file) = listed([Hit(1, 3.0, 1, "file:///a.txt", "/a.txt", "a", "text", words="a dog")], 20)
    assert in_file.endswith("“a dog”  /a.txt")


def test_a_document_says_type_and_way() -> None:
    [hit] = hits(True)
    assert as_document(hit) == {
        "rank": 1,
        "score": 4.0,
        "media": 1,
        "url": "file:///1.jpg",
        "path": "/1.jpg",
        "via": "a → b",
        "type": "image",
        "likely": True,
        "words": None,
    }


@pytest.mark.parametrize(("kind", "says"), [("image", "no photographs"), ("text", "no texts"), ("any", "is empty")])
def test_the_type_is_asked_for_and_nothing_is_told(
    kind: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def search(self: Library, *query: str, **options: Any) -> list[Hit]:
        asked.update(options)
        return []

    monkeypatch.setattr(Library, "search", search)
    Writer.open(tmp_path).close()
    done = CliRunner().invoke(aptl3, ["search", "x", "--type", kind, "-n", "3", "-d", str(tmp_path)])
    assert done.exit_code == 0
    assert says in done.output
    assert (asked["modality"], asked["limit"]) == (kind, 3)
