"""What is known of a media item, in words."""

from __future__ import annotations

import os
from datetime import datetime, timezone

from PyQt5.QtCore import QCoreApplication, QDateTime, QLocale, Qt

from aptl3.gui.wording import number
from aptl3.records.browsing import Details

_BREAKS = "/\\_-.,+&()"
_LONG = 16  # characters without a break, after which a line may be broken anywhere


def title(details: Details) -> str:
    """The name of its file, or the beginning of its words."""
    path = next((place.path for place in details.places if place.path), None)
    if path is not None:
        return os.path.basename(path)
    words = " ".join((details.words or "").split())
    return words if len(words) <= 60 else words[:59] + "…"


def facts(details: Details) -> list[tuple[str, str]]:
    """What one would ask first, as (name, value)."""
    info = details.info
    made = info.picture
    found = []
    if details.date:
        found.append((_tr("Taken") if made.taken_at else _tr("Changed"), _date(details.date)))
    if info.modality == "image":
        millions = QLocale().toString(made.width * made.height / 1e6, "f", 1)
        pixels = _tr("{0} × {1} ({2} MP)").format(number(made.width), number(made.height), millions)
        found.append((_tr("Pixels"), pixels))
    size = QLocale().formattedDataSize(info.size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    found.append((_tr("File"), f"{_format(made.format)}, {size}"))
    if made.camera:
        found.append((_tr("Camera"), made.camera))
    return found


def breakable(text: str) -> str:
    """The text with places where a line may be broken: a file's name may have none of its own."""
    found, run = [], 0
    for letter in text:
        found.append(letter)
        run = 0 if letter.isspace() else run + 1
        if letter in _BREAKS or run >= _LONG:
            found.append("\u200b")
            run = 0
    return "".join(found)


def _date(seconds: int) -> str:
    """Seconds of the clock on the wall, as the user's language writes them."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    local = QDateTime.fromString(moment.strftime("%Y-%m-%dT%H:%M:%S"), Qt.DateFormat.ISODate)
    text: str = QLocale().toString(local, "d MMM yyyy, HH:mm")
    return text


def _format(name: str) -> str:
    return _tr("Text") if name == "TEXT" else name


def _tr(text: str) -> str:
    return QCoreApplication.translate("facts", text)
