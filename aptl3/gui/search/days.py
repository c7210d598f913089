"""Days as one types them: a year, a month or a day, as in 2019, 2019-05 and 2019-05-03. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DAY = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?")


def first_day(text: str) -> date | None:
    """The day with which what is meant begins. None for no day at all, and for what makes no sense."""
    found = _days(text)
    return found and found[0]


def last_day(text: str) -> date | None:
    """The day with which it ends."""
    found = _days(text)
    return found and found[1]


def text_of(first: date | None, *, last: bool = False) -> str:
    """As one would type a day that something begins (or is the ``last`` of) with: as short as it can be."""
    if first is None:
        return ""
    shorter = (f"{first:%Y}", f"{first:%Y-%m}")
    days = last_day if last else first_day
    return next((text for text in shorter if days(text) == first), first.isoformat())


def _days(text: str) -> tuple[date, date] | None:
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (0 if one is None else int(one) for one in match.groups())
    try:
        first = date(year, month if match[2] else 1, day if match[3] else 1)
        last = date(year, month if match[2] else 12, day if match[3] else monthrange(year, first.month)[1])
    except ValueError:
        return None
    return first, last if match[2] else date(year, 12, 31)
