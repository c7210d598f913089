"""Texts as media: what the bytes of a ``.txt`` file say, and texts that are their own place (``data:,…``).

Guarantees: bytes that are no text are refused and never shown as signs nobody wrote; a text of the same bytes is the
same content, in a file or not. Light to import.
"""

from __future__ import annotations

import codecs
from urllib.parse import quote_from_bytes, unquote_to_bytes

from aptl3.errors import BadArgument, MediaError
from aptl3.records.failure import Reason
from aptl3.records.media import DATA, PictureInfo
from aptl3.records.relation import CAPTION_BYTES

INFO = PictureInfo("TEXT", 0, 0)
LARGEST = 16 << 20  # bytes: a longer text than any book is a log or a table


def decode(data: memoryview | bytes) -> str:
    """The words of a text file, without white space around them.

    UTF-8, UTF-16 where it begins with a byte order mark, else Windows-1252, in which most older files are.

    Raises:
        MediaError: EMPTY, also of white space only; TOO_LARGE, above 16 MiB; CORRUPT: no text.
    """
    if len(data) > LARGEST:
        raise MediaError(Reason.TOO_LARGE, f"{len(data)} bytes are more than the {LARGEST} of the longest text")
    text = decoded(bytes(data))
    if "\0" in text:
        raise MediaError(Reason.CORRUPT, "no text: it holds zero bytes")
    text = text.strip()
    if not text:
        raise MediaError(Reason.EMPTY, "the text is empty")
    return text


def decoded(data: bytes) -> str:
    """All that ``data`` says, in the encodings of ``decode``. Raises MediaError: CORRUPT."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MediaError(Reason.CORRUPT, "no text in UTF-8, UTF-16 or Windows-1252")


def beginning(text: str, size: int) -> bytes:
    """As much of a text as ``size`` bytes of UTF-8 hold, in whole characters."""
    data = text[:size].encode("utf-8", "replace")
    return data if len(data) <= size else data[:size].decode("utf-8", "ignore").encode()


def content(name: str) -> bytes:
    """The text of the place ``name`` in the folder ``data:,``, in UTF-8."""
    return unquote_to_bytes(name)


def canonical(url: str) -> str:
    """A ``data:,`` URL as libraries keep it: all but letters, digits and ``_.-~`` percent-encoded (RFC 2397, 3986).

    Raises:
        BadArgument: it is empty, no UTF-8, or longer than 8,000 bytes.
    """
    try:
        data = content(url[len(DATA) :])
        empty = not data.decode().strip()
    except UnicodeError:
        raise BadArgument(f"{url[:40]!r} is no text in UTF-8.") from None
    if empty or b"\0" in data:
        raise BadArgument(f"{url[:40]!r} says nothing: write words behind {DATA!r}, as in 'data:,a red bicycle'.")
    if len(data) > CAPTION_BYTES:
        raise BadArgument(f"A text of {len(data)} bytes is too long for a data: place: keep it in a .txt file.")
    return DATA + quote_from_bytes(data, safe="")
