"""Captions that lie inside photographs: IPTC's caption, XMP's description, EXIF's description and comments.

Guarantees: only headers are read, no pixel is decoded (0.15 ms a photograph). A block that is damaged gives
what could be read of it and never an error. What cameras and programs write there by themselves is no caption.

Source: IPTC IIM 4.2, data sets 1:90 and 2:120; XMP specification part 1 (ISO 16684-1), ``dc:description``; CIPA DC-008
(Exif 2.32), ``ImageDescription`` and ``UserComment``; ``XPComment`` and ``XPSubject`` as Windows writes them.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from PIL import Image, ImageFile, IptcImagePlugin

from aptl3.media.captions.captions import Captions, Collector
from aptl3.media.captions.photographs import photographs
from aptl3.media.exif import EXIF_IFD

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")  # what Pillow calls MPO opens as JPEG
_IPTC_CAPTION = (2, 120)
_IMAGE_DESCRIPTION, _XP_COMMENT, _XP_SUBJECT, _USER_COMMENT = 0x010E, 0x9C9C, 0x9C9F, 0x9286
_DC = "{http://purl.org/dc/elements/1.1/}description"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LARGEST_XMP = 1 << 20  # bytes

# What stands in these fields although nobody wrote it: makers' and programs' names, modes of a camera, names of files.
_BOILERPLATE = re.compile(
    r"""
      ((olympus | konica | minolta | pentax | samsung | sanyo | kodak | epson | seiko | casio | computer | co | ltd
        | fujifilm | nikon | canon | ricoh | panasonic | hewlett | packard | hp | sony | leica | toshiba)\W*)*
      (digital \s (still \s)? camera | camera \s pictures | dsc)
    | (dsc | img | dji | pict? | p)[\w-]*\d{3,} | dcim[\\/].* | [a-z]:\\.* | [\w-]+\.(jpe?g|png|tiff?|heic|dng)
    | exif[ _]?jpeg[ _]?picture | jpeg | default | untitled(\s image)? | image | picture | photo | null | none
    | <.*> | \(null\) | (created|edited|processed) \s (with|using) \b .* | shot \s on \b .* | .* \b gd-jpeg \b .*
    | dav | oznor\w* | hdr\w{0,5} | rhdr | rpt | sdr | fptplus | norm | binary \s comment | charset=\w+
    | ascii | unicode | screenshot | copyright\b.* | [\d\W_]*
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def read(folder: str | os.PathLike[str]) -> Captions:
    """The captions inside all photographs at or under ``folder``. Raises BadArgument when it cannot be listed."""
    collector = Collector()
    for path in photographs(folder):
        captions = captions_in(path)
        if not captions:
            collector.skip("no caption inside")
        for text in captions:
            collector.add(path, text)
    return collector.captions()


def captions_in(path: str) -> list[str]:
    """The distinct captions of one photograph, as people wrote them; none of what is no picture or cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of oddities in metadata, and of large pictures
        try:
            with Image.open(path, formats=_FORMATS) as image:
                found = [*_iptc(image), *_xmp(image), *_exif(image)]
        except Exception:  # codecs raise OSError, SyntaxError, ValueError, struct.error …; the ingestion tells of it
            return []
    texts = (re.sub(r"[\0\x01-\x08\x0b\x0c\x0e-\x1f]+", " ", text).strip() for text in found)
    return list(dict.fromkeys(text for text in texts if not _BOILERPLATE.fullmatch(text)))


def _iptc(image: ImageFile.ImageFile) -> Iterator[str]:
    try:
        values = (IptcImagePlugin.getiptcinfo(image) or {}).get(_IPTC_CAPTION, b"")
    except Exception:  # a damaged block, see above
        return
    for value in values if isinstance(values, list) else [values]:
        yield _decoded(value)


def _xmp(image: Image.Image) -> Iterator[str]:
    """The description in the default language, else in the first."""
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    data = packet.encode("utf-8", "replace") if isinstance(packet, str) else bytes(packet)
    data = data.strip(b"\0 \r\n\t")
    if not data or len(data) > _LARGEST_XMP or b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # entities can be bombs
        return
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError):  # LookupError: an encoding that there is not
        return
    for description in root.iter(_DC):
        choices = list(description.iter(f"{_RDF}li"))
        chosen = [one for one in choices if one.get(_LANGUAGE) == "x-default"] or choices or [description]
        yield chosen[0].text or ""
    yield from (node.get(_DC, "") for node in root.iter(f"{_RDF}Description"))  # a simple value may be an attribute


def _exif(image: Image.Image) -> Iterator[str]:
    try:
        tags = image.getexif()
        inner: dict[int, Any] = tags.get_ifd(EXIF_IFD)
    except Exception:  # a damaged block, see above
        return
    description = tags.get(_IMAGE_DESCRIPTION)
    yield _decoded(_bytes(description, "latin-1"))  # Pillow takes ASCII for Latin-1; many write UTF-8
    yield _comment(_bytes(inner.get(_USER_COMMENT), "latin-1"), "utf-16-be" if tags.endian == ">" else "utf-16-le")
    for tag in (_XP_COMMENT, _XP_SUBJECT):
        yield _bytes(tags.get(tag), "utf-16-le").decode("utf-16-le", "replace").split("\0")[0]


def _comment(value: bytes, utf16: str) -> str:
    """A UserComment: eight bytes name its encoding. UTF-16 comes in the file's byte order, or with its mark."""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        marked = text.startswith((b"\xff\xfe", b"\xfe\xff"))
        return text.decode("utf-16" if marked else utf16, "replace").split("\0")[0]
    if code == b"JIS\0\0\0\0\0":
        return text.split(b"\0")[0].decode("iso2022_jp", "replace")
    return _decoded(text if code in (b"ASCII\0\0\0", bytes(8)) else value)


def _bytes(value: object, encoding: str) -> bytes:
    """A tag's value as the bytes that it is made of, however Pillow gives it."""
    if isinstance(value, str):
        return value.encode(encoding, "replace")
    if isinstance(value, tuple) and all(isinstance(one, int) and 0 <= one < 256 for one in value):
        return bytes(value)
    return value if isinstance(value, bytes) else b""


def _decoded(value: object) -> str:
    """UTF-8 where it is, else Windows-1252."""
    data = bytes(value).split(b"\0")[0] if isinstance(value, (bytes, bytearray)) else b""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
