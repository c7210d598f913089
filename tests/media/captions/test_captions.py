from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.media.captions.captions import Captions, Collector
from aptl3.records.relation import CAPTION_BYTES, Caption


def collected(*found: tuple[str, object]) -> Captions:
    collector = Collector()
    for path, text in found:
        collector.add(path, text)
    return collector.captions()


def test_what_is_kept_is_stripped_and_what_is_not_is_counted() -> None:
    found = collected(
        *(("/a.jpg", text) for text in ("  a dog\n", "a dog")),
        *(("/b.jpg", text) for text in (" \t", None, "\ud800", "a\0b")),
    )
    assert list(found) == [Caption("/a.jpg", "a dog")]
    assert found.skipped == {"twice": 1, "empty": 1, "no text": 1, "half a character in it": 1, "a zero byte in it": 1}


def test_length_counts_in_bytes() -> None:
    assert len(collected(("/a.jpg", "é" * (CAPTION_BYTES // 2)))) == 1
    assert len(collected(("/a.jpg", "é" * (CAPTION_BYTES // 2) + "e"))) == 0


def test_the_first_photographs_keep_all_their_captions() -> None:
    found = collected(("/a.jpg", "one"), ("/b.jpg", "two"), ("/a.jpg", "three"), ("/c.jpg", "four"))
    assert found.photographs == ["/a.jpg", "/b.jpg", "/c.jpg"]
    assert [pair.text for pair in found.first(2)] == ["one", "two", "three"]


@given(st.lists(st.tuples(st.sampled_from(["/a.jpg", "/b.jpg"]), st.text() | st.none() | st.integers())))
def test_nothing_is_lost_uncounted_and_all_that_is_kept_can_be_stored(found: list[tuple[str, object]]) -> None:
    captions = collected(*found)
    assert len(captions) + sum(captions.skipped.values()) == len(found)
    assert len(set(captions)) == len(captions)
    for pair in captions:
        assert pair.text == pair.text.strip() != ""
        assert len(pair.text.encode("utf-8")) <= CAPTION_BYTES
