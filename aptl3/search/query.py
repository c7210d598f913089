"""What a user types, as terms of a query. Pure: the file system is only asked whether a file is there.

Of the free part, what names a picture (a URL, a path, a media id that stands alone) is an example, the rest together is
one text, so that nothing need be quoted. ``--like`` and ``--not`` take a weight before a colon: ``0.5:photo.jpg``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence

from aptl3.errors import BadArgument
from aptl3.records.query import Term

_WEIGHT = re.compile(r"(\d+\.?\d*|\.\d+):(.*)", re.DOTALL)
_NO_WEIGHT = re.compile(r"(-\d*\.?\d*|[-+]?(nan|inf|infinity)):", re.IGNORECASE)
_URL = re.compile(r"(file:/|https?://)", re.IGNORECASE)
_PATH = re.compile(r"(~|\.{1,2})?[/\\]\S|[a-z]:[/\\]|\S+\.(jpe?g|png|gif|webp|tiff?|bmp|heic|avif)$", re.IGNORECASE)

Exists = Callable[[str], bool]
Part = str | int | os.PathLike[str]


def parse(
    query: Sequence[Part],
    like: Sequence[Part] = (),
    unlike: Sequence[Part] = (),
    *,
    exists: Exists = os.path.isfile,
) -> list[Term]:
    """The terms of ``query`` (words, paths, URLs or media ids), ``like`` and ``unlike`` (each one of these, weighted).

    A number among words is a word ("2 cats"); alone or in ``like`` and ``unlike`` it is a media id. An ``os.PathLike``
    is a picture's path, whatever it looks like. Raises BadArgument for a weight that makes no sense, for one text where
    a list belongs, and when nothing is asked for.
    """
    if isinstance(like, (str, os.PathLike)) or isinstance(unlike, (str, os.PathLike)):
        raise BadArgument('Give a list of what it should be like or unlike: ["photo.jpg"], not "photo.jpg".')
    parts = [stripped for part in query if (stripped := part.strip() if isinstance(part, str) else part)]
    examples = [_example(part, exists) for part in parts]
    if None in examples:
        examples = [None if isinstance(example, int) else example for example in examples]
    words = " ".join(str(part) for part, example in zip(parts, examples, strict=True) if example is None)
    terms = [Term(text=words)] if words else []
    terms += [Term(example=example) for example in examples if example is not None]
    terms += [parse_term(part, exists=exists) for part in like]
    terms += [parse_term(part, -1.0, exists=exists) for part in unlike]
    if not terms:
        raise BadArgument("Say what to search for: words, the path of a picture, a URL or a media id.")
    return terms


def parse_term(text: Part, sign: float = 1.0, *, exists: Exists = os.path.isfile) -> Term:
    """One weighted term, as in ``0.5:photo.jpg``, ``42``, ``2:at night``. ``sign`` is −1 for what is not wanted."""
    if isinstance(text, int):
        return Term(example=text, weight=sign)
    if not isinstance(text, str):
        return Term(example=os.fsdecode(text), weight=sign)
    weight, rest = 1.0, text.strip()
    if _NO_WEIGHT.match(rest) and not exists(rest):
        raise BadArgument(f"{text!r}: give a weight above 0, as in 0.5:photo.jpg.")
    match = _WEIGHT.fullmatch(rest)
    if match and not exists(rest):
        weight, rest = float(match[1]), match[2].strip()
    if not rest:
        raise BadArgument(f"{text!r} names nothing: give words, a path, a URL or a media id.")
    if not math.isfinite(weight) or weight == 0:
        raise BadArgument(f"{text!r}: give a weight above 0, as in 0.5:photo.jpg.")
    example = _example(rest, exists)
    return Term(text=rest if example is None else None, example=example, weight=sign * weight)


def _example(text: Part, exists: Exists) -> str | int | None:
    """A media id, a path or a URL; None for words."""
    if isinstance(text, int):
        return text
    if not isinstance(text, str):
        return os.fsdecode(text)
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    if _URL.match(text) or _PATH.match(text):
        return text
    return text if exists(text) and ("." in text or os.sep in text) else None
