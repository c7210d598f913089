"""Numbers in sentences, as the user's language writes them."""

from __future__ import annotations

from PyQt5.QtCore import QLocale


def number(value: int) -> str:
    """As in 12,345."""
    return QLocale().toString(value)


def counted(value: int, one: str, many: str) -> str:
    """``one`` for one thing, else ``many``, with the number in place of {0}. Qt's own plurals need a translation file
    for English too."""
    return (one if value == 1 else many).format(number(value))


def rate(value: float) -> str:
    """So many a second, as in 1,203, 84 or 3.2: more digits would only flicker."""
    return number(round(value)) if value >= 10 or value == 0 else QLocale().toString(value, "f", 1)
