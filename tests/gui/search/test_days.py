from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.gui.search.days import first_day, last_day, text_of


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        (" 2019-5-3 ", date(2019, 5, 3), date(2019, 5, 3)),
        ("2019.05.03", date(2019, 5, 3), date(2019, 5, 3)),
        ("", None, None),
        ("19", None, None),
        ("2019-13", None, None),
        ("2019-02-30", None, None),
        ("0000", None, None),
        ("yesterday", None, None),
    ],
)
def test_days_as_they_are_typed(text: str, first: date | None, last: date | None) -> None:
    assert (first_day(text), last_day(text)) == (first, last)


@given(st.dates(date(1000, 1, 1)))
def test_what_is_written_means_the_same_day(day: date) -> None:
    assert first_day(text_of(day)) == day
    assert last_day(text_of(day, last=True)) == day


def test_it_is_written_as_short_as_can_be() -> None:
    assert text_of(None) == ""
    assert text_of(date(2019, 1, 1)) == "2019"
    assert text_of(date(2019, 12, 31), last=True) == "2019"
    assert text_of(date(2019, 5, 1)) == "2019-05"
    assert text_of(date(2019, 5, 3)) == "2019-05-03"
