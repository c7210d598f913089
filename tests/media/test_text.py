"""What text files say, in whatever they were written, and texts that are their own place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.errors import BadArgument, MediaError
from aptl3.media.text import LARGEST, beginning, canonical, content, decode
from aptl3.records.failure import Reason
from aptl3.records.media import DATA

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(
    lambda text: bool(text.strip()) and not text.startswith("\ufeff")
)


@given(WORDS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_unicode_is_read_as_it_was_written(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text.strip()


def test_what_is_no_utf_8_is_windows_1252() -> None:
    assert decode("Café – 20 €".encode("cp1252")) == "Café – 20 €"
    assert decode(b"\xfe\xff\x00c\x00a\x00f\x00\xe9") == "café"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \r\n\t", Reason.EMPTY),
        (b"\xef\xbb\xbf", Reason.EMPTY),
        (b"PK\x03\x04\x00\x00", Reason.CORRUPT),
        ("no mark".encode("utf-16-le"), Reason.CORRUPT),
        (b"\xff\xfea", Reason.CORRUPT),
        (b"\xff\xd8\xff\xe0 \x81", Reason.CORRUPT),
        (b"a" * (LARGEST + 1), Reason.TOO_LARGE),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: Reason) -> None:
    with pytest.raises(MediaError) as refused:
        decode(data)
    assert refused.value.reason is reason


@given(WORDS, st.integers(1, 50))
def test_the_beginning_holds_whole_characters(text: str, size: int) -> None:
    part = beginning(text, size)
    assert len(part) <= size
    assert text.startswith(part.decode())
    assert len(part) > size - 4 or part.decode() == text


@given(WORDS.filter(lambda text: len(text.encode()) <= 8000))
def test_a_place_is_its_own_content_however_it_was_typed(text: str) -> None:
    place = canonical(DATA + text.replace("%", "%25"))
    assert place.isascii()
    assert content(place[len(DATA) :]) == text.encode()
    assert canonical(place) == place


@pytest.mark.parametrize("url", ["data:,", "data:,%20", "data:,%FF", "data:,a%00b", "data:," + 8001 * "a"])
def test_places_that_say_nothing_or_too_much_are_told(url: str) -> None:
    with pytest.raises(BadArgument):
        canonical(url)
