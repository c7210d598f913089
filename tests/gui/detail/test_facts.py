from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt5.QtCore import QLocale

from aptl3.gui.detail.facts import breakable, facts, title
from aptl3.records.browsing import Details
from aptl3.records.media import FileState, PictureInfo
from aptl3.records.store import Location, MediaInfo


@pytest.fixture(autouse=True)
def english() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English))


PLACE = Location("/a/b.jpg", "file:///a/b.jpg", FileState(5, 5), False)


def details(picture: PictureInfo, modality: str = "image", words: str | None = None, date: int = 0) -> Details:
    places = (PLACE,) if modality == "image" else ()
    return Details(MediaInfo(1, b"", 1_234_567, picture, modality), date, places, words, (), (), ())


def test_what_is_known_of_a_photograph() -> None:
    info = PictureInfo("JPEG", 4000, 3000, "2019-05-03T14:22:00", "Camera X")
    assert facts(details(info, date=1556893320)) == [
        ("Taken", "3 May 2019, 14:22"),
        ("Pixels", "4,000 × 3,000 (12.0 MP)"),
        ("File", "JPEG, 1.2 MB"),
        ("Camera", "Camera X"),
    ]
    assert facts(details(PictureInfo("PNG", 10, 10), date=1))[0] == ("Changed", "1 Jan 1970, 00:00")
    assert title(details(info)) == "b.jpg"


def test_what_is_known_of_a_text() -> None:
    text = details(PictureInfo("TEXT", 0, 0), "text", "two\n words " + "more " * 40)
    assert facts(text) == [("File", "Text, 1.2 MB")]
    assert title(text).startswith("two words more") and len(title(text)) <= 60


@given(st.text(max_size=100))
def test_lines_can_be_broken_and_nothing_is_lost(text: str) -> None:
    broken = breakable(text)
    assert broken.replace("\u200b", "") == text.replace("\u200b", "")
    assert all(len(run) <= 16 for part in broken.split() for run in part.split("\u200b"))
