"""The picture formats that are known: what their files are called, how they begin, and what decodes them.

Built-in formats stand in the table below; other packages add theirs through the entry-point group ``aptl3.formats``,
each entry naming a ``Format``. Asking for names costs no import of an image library: a decoder is loaded when the first
file of its format comes. Files are opened by what they hold, never by what they are called.
"""

from __future__ import annotations

import os
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aptl3.errors import Aptl3Error
from aptl3.records.media import modality_of

if TYPE_CHECKING:
    from aptl3.media.formats.raster import Demand, Raster

HEAD = 64  # bytes that a signature may look at
GROUP = "aptl3.formats"


@dataclass(frozen=True)
class Format:
    """``suffixes`` in lower case with their dot; ``signature`` a regular expression for the first ``HEAD`` bytes;
    ``decoder`` is "module:function", and the function is (memoryview, Demand) → Raster, raising MediaError."""

    name: str
    suffixes: tuple[str, ...]
    signature: bytes
    decoder: str

    def decode(self, data: memoryview, demand: Demand) -> Raster:
        """Decodes a file's bytes to what ``demand`` needs."""
        return _load(self.decoder)(data, demand)


@cache
def _load(decoder: str) -> Callable[[memoryview, Demand], Raster]:
    function: Callable[[memoryview, Demand], Raster] = pkgutil.resolve_name(decoder)
    return function


_HERE = "aptl3.media.formats"
_BUILT_IN = (
    Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), rb"\xff\xd8\xff", f"{_HERE}.jpeg:decode"),
    Format("PNG", (".png", ".apng"), rb"\x89PNG\r\n\x1a\n", f"{_HERE}.png:decode"),
    Format("WEBP", (".webp",), rb"RIFF....WEBP", f"{_HERE}.webp:decode"),
    Format("GIF", (".gif",), rb"GIF8[79]a", f"{_HERE}.gif:decode"),
    Format("BMP", (".bmp", ".dib"), rb"BM", f"{_HERE}.bmp:decode"),
    Format("TIFF", (".tif", ".tiff"), rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", f"{_HERE}.tiff:decode"),
)

# What no signature claims goes to Pillow, which looks for itself.
_OTHER = Format(
    "other",
    (
        ".avif", ".avifs", ".blp", ".dds", ".icns", ".ico", ".j2c", ".j2k", ".jp2", ".jpc", ".jpf", ".jpx", ".pbm",
        ".pcx", ".pfm", ".pgm", ".pnm", ".ppm", ".psd", ".qoi", ".ras", ".sgi", ".tga", ".xbm", ".xpm",
    ),
    b"",
    f"{_HERE}.other:decode",
)  # fmt: skip


@cache
def formats() -> tuple[Format, ...]:
    """All formats in the order in which their signatures are tried: other packages' first, so that they may refine a
    built-in one (a camera's raw files begin like TIFF).

    Raises:
        Aptl3Error: a package's entry does not load; names the package.
    """
    from importlib.metadata import entry_points

    found: list[Format] = []
    for entry in entry_points(group=GROUP):
        try:
            found.append(entry.load())
        except Exception as error:  # whatever a foreign package does when it is imported
            package = entry.dist.name if entry.dist else entry.value
            raise Aptl3Error(
                f"the media format {entry.name!r} of the package {package} does not load ({error}): "
                "repair or uninstall that package"
            ) from error
    return (*found, *_BUILT_IN, _OTHER)


@cache
def suffixes() -> frozenset[str]:
    """Suffixes by which a file is taken for a picture."""
    return frozenset(suffix for one in formats() for suffix in one.suffixes)


def is_candidate(name: str) -> bool:
    """Whether a file of this name is worth opening, as a picture or as a text."""
    return os.path.splitext(name)[1].lower() in suffixes() or modality_of("", name) == "text"


def recognize(data: memoryview) -> Format:
    """The format of a file that begins like this."""
    head = bytes(data[:HEAD])
    return next(one for one in formats() if re.match(one.signature, head, re.DOTALL))
