"""A contact sheet: each query with its best answers, as one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

CELL = 220  # pixels, a thumbnail's square
GAP = 18
CAPTION = 22  # pixels under a thumbnail
PAPER, INK, FAINT, LINE = "#ffffff", "#1d1d1f", "#6e6e73", "#e3e3e6"


@dataclass(frozen=True)
class Answer:
    """One thumbnail (JPEG bytes) and what stands below it, darker where it is ``likely`` what was asked for."""

    jpeg: bytes
    caption: str
    likely: bool = False


@dataclass(frozen=True)
class Row:
    """A query: words, or an example as JPEG bytes, or both; and its answers, best first."""

    words: str
    example: bytes | None
    answers: Sequence[Answer]


def draw(title: str, rows: Sequence[Row], columns: int = 5) -> Image:
    """The sheet as an RGB picture."""
    from PIL import Image, ImageDraw, ImageFont

    large, normal, small = (ImageFont.load_default(size) for size in (26, 19, 14))
    pitch = CELL + CAPTION + GAP
    width = GAP + (columns + 1) * (CELL + GAP) + GAP
    sheet = Image.new("RGB", (width, 64 + len(rows) * pitch + GAP), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((2 * GAP, 32), title, INK, large, anchor="lm")
    for number, row in enumerate(rows):
        top = 64 + number * pitch
        pen.line((GAP, top - GAP // 2, width - GAP, top - GAP // 2), LINE)
        words_at = top + CELL // 2
        if row.example is not None:
            _paste(sheet, row.example, GAP, top)
            words_at = top + CELL + CAPTION // 2
        pen.text((GAP + CELL // 2, words_at), row.words, INK, small if row.example else normal, anchor="mm")
        for place, answer in enumerate(row.answers[:columns]):
            left = 2 * GAP + (place + 1) * (CELL + GAP)
            _paste(sheet, answer.jpeg, left, top)
            pen.text(
                (left + CELL // 2, top + CELL + CAPTION // 2),
                answer.caption,
                INK if answer.likely else FAINT,
                small,
                anchor="mm",
            )
    return sheet


def _paste(sheet: Image, jpeg: bytes, left: int, top: int) -> None:
    """The whole thumbnail, centred in its square."""
    from PIL import Image

    picture = Image.open(io.BytesIO(jpeg)).convert("RGB")
    picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
    sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))
