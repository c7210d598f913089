"""What the formats that Pillow decodes have in common: opening bytes where they lie, checking the header, reducing.

Of an animation the first frame is decoded. Errors of Pillow and its codecs, which may be of any type, become
``MediaError`` here.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from aptl3.errors import MediaError
from aptl3.media import exif
from aptl3.media.formats.flatten import to_rgb
from aptl3.media.formats.raster import Demand, Raster
from aptl3.records.failure import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What averaging blocks leaves to be reduced properly: 3 keeps the cosine at 0.9995, 2 at 0.998 (see ``resample``).
_SPARE = 3.0


class _File(io.RawIOBase):
    """A file over bytes that lie in memory already, so that only what a codec asks for is copied."""

    def __init__(self, data: memoryview) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._data)}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        part = self._data[self._at : self._at + len(room)]
        room[: len(part)] = part
        self._at += len(part)
        return len(part)


def decode(
    data: memoryview,
    demand: Demand,
    formats: tuple[str, ...],
    whole: Callable[[memoryview], bool] = bool,
    unknown: Reason = Reason.CORRUPT,
) -> Raster:
    """Decodes what Pillow knows under one of the names ``formats``. ``whole`` tells, of a file that does not decode,
    whether its end is there (TRUNCATED if not); ``unknown`` is the reason when it is none of these formats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of harmless oddities in metadata, and of sizes: see Demand
        try:
            with Image.open(io.BufferedReader(_File(data)), formats=formats) as image:
                return _raster(image, demand)
        except MediaError:
            raise
        except (Image.DecompressionBombError, MemoryError, OverflowError) as error:
            raise MediaError(Reason.TOO_LARGE, _line(error)) from error
        except UnidentifiedImageError as error:
            reason = unknown if whole(data) else Reason.TRUNCATED
            raise MediaError(reason, "no picture that can be opened is found in the file") from error
        except Exception as error:  # codecs raise OSError, SyntaxError, ValueError, struct.error, IndexError …
            cut = isinstance(error, (EOFError, struct.error)) or "truncated" in str(error).lower() or not whole(data)
            raise MediaError(Reason.TRUNCATED if cut else Reason.CORRUPT, _line(error)) from error


def _raster(image: Image.Image, demand: Demand) -> Raster:
    name = image.format or "unknown"
    demand.check(*image.size)
    image.load()
    width, height = image.size  # once more: TIFF is rotated while it is loaded
    facts = _facts(image)
    reduction = demand.reduction(width, height, _SPARE)
    flat = to_rgb(image)
    if reduction > 1:
        flat = flat.reduce(reduction)
    return Raster(name, width, height, np.asarray(flat), reduction, facts)


def _facts(image: Image.Image) -> exif.Exif:
    try:
        tags = image.getexif()
        inner: dict[int, Any] = tags.get_ifd(exif.EXIF_IFD)
        return exif.from_tags(
            tags.get(exif.ORIENTATION), inner.get(exif.DATE_TIME_ORIGINAL), tags.get(exif.MAKE), tags.get(exif.MODEL)
        )
    except Exception:  # a damaged block must not cost the picture
        return exif.Exif()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
