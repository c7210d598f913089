from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from aptl3.media.captions.embedded import captions_in, read

XMP = """<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='http://purl.org/dc/elements/1.1/'>{}</rdf:RDF>
</x:xmpmeta><?xpacket end='w'?>"""
ALT = """<rdf:Description><dc:description><rdf:Alt><rdf:li xml:lang='it'>un gatto</rdf:li>
<rdf:li xml:lang='x-default'>a cat</rdf:li></rdf:Alt></dc:description></rdf:Description>"""
ATTRIBUTE = "<rdf:Description dc:description='a cat'/>"


def iim(*sets: tuple[int, int, bytes]) -> bytes:
    """IPTC's data sets as Photoshop keeps them in a JPEG's APP13."""
    data = b"".join(struct.pack(">BBBH", 0x1C, *numbers, len(value)) + value for *numbers, value in sets)
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"Photoshop 3.0\0" + resource


def jpeg(path: Path, *, iptc: bytes = b"", xmp: str = "", **tags: Any) -> Path:
    """A JPEG with these blocks. ``tags``: description, comment, xp."""
    exif = Image.Exif()
    if "description" in tags:
        exif[0x010E] = tags["description"]
    if "xp" in tags:
        exif[0x9C9C] = tags["xp"].encode("utf-16-le") + b"\0\0"
    if "comment" in tags:
        exif.get_ifd(0x8769)[0x9286] = tags["comment"]
    stream = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(stream, "JPEG", exif=exif, **({"xmp": xmp.encode()} if xmp else {}))
    data = stream.getvalue()
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc if iptc else b""
    path.write_bytes(data[:2] + segment + data[2:])
    return path


@pytest.mark.parametrize(
    "blocks",
    [
        {"iptc": iim((2, 120, b"a cat"))},
        {"iptc": iim((1, 90, b"\x1b%G"), (2, 5, b"title"), (2, 120, b"a cat"))},
        {"xmp": XMP.format(ALT)},
        {"xmp": XMP.format(ATTRIBUTE)},
        {"description": "a cat"},
        {"description": "  a cat\0\0 "},
        {"comment": b"ASCII\0\0\0a cat"},
        {"comment": bytes(8) + b"a cat\0\0\0"},
        {"comment": b"UNICODE\0" + "a cat".encode("utf-16")},
        {"comment": b"JIS\0\0\0\0\0a cat"},
        {"xp": "a cat"},
        {"iptc": iim((2, 120, b"a cat")), "xmp": XMP.format(ALT), "description": "a cat", "xp": "a cat"},
    ],
)
def test_each_kind_of_caption_once(tmp_path: Path, blocks: dict[str, Any]) -> None:
    assert captions_in(str(jpeg(tmp_path / "a.jpg", **blocks))) == ["a cat"]


def test_all_alphabets(tmp_path: Path) -> None:
    blocks: dict[str, Any] = {"iptc": iim((2, 120, "猫".encode())), "description": "кот".encode(), "xp": "γάτα"}
    assert captions_in(str(jpeg(tmp_path / "a.jpg", **blocks))) == ["猫", "кот", "γάτα"]
    old = jpeg(tmp_path / "b.jpg", iptc=iim((2, 120, "ein Café".encode("cp1252"))))
    assert captions_in(str(old)) == ["ein Café"]


def test_a_comment_comes_in_the_files_byte_order(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.endian = ">"
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "a cat".encode("utf-16-be")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    assert captions_in(str(tmp_path / "a.jpg")) == ["a cat"]


@pytest.mark.parametrize("suffix", ["png", "webp", "tif"])
def test_other_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x010E] = "a cat"
    more: dict[str, Any] = {}
    if suffix == "tif":
        tags = ImageFileDirectory_v2()
        tags[0x010E] = "a cat"
        tags[700] = XMP.format(ALT).replace("a cat", "a dog").encode()
        more["tiffinfo"] = tags
    Image.new("RGB", (16, 12)).save(path, **({"exif": exif} if suffix != "tif" else more))
    assert captions_in(str(path))[-1] == "a cat"
    assert len(captions_in(str(path))) == 1 + (suffix == "tif")


@pytest.mark.parametrize(
    "words",
    [
        "OLYMPUS DIGITAL CAMERA", "SONY DSC", "KONICA MINOLTA DIGITAL CAMERA", "SAMSUNG CAMERA PICTURES", "DSC_0042",
        "CASIO COMPUTER CO.,LTD. DIGITAL CAMERA", "Kodak Digital Still Camera", "Exif_JPEG_PICTURE", "IMG_1234.JPG",
        "DCIM\\100MEDIA\\DJI_0001.JPG", "C:\\pictures\\a.jpg", "Created with GIMP", "<KENOX S730>", "charset=Ascii",
        "dav", "hdrpl", "---", "2019:01:02", "    ", "default", "Screenshot", "CREATOR: gd-jpeg v1.0 (using IJG)",
    ],
)  # fmt: skip
def test_what_cameras_write_is_no_caption(tmp_path: Path, words: str) -> None:
    assert captions_in(str(jpeg(tmp_path / "a.jpg", description=words))) == []


@pytest.mark.parametrize(
    "words",
    [
        "A man with a digital camera",
        "Made by grandma",
        "taken on holiday",
        "Sony",
        "Image of a dog",
        "Rome 2019",
        "海",
        "P",
    ],
)
def test_what_people_write_is_one(tmp_path: Path, words: str) -> None:
    assert captions_in(str(jpeg(tmp_path / "a.jpg", description=words.encode()))) == [words]


@pytest.mark.parametrize(
    "xmp", ["<no xml", "", XMP.format("<a"), "<!DOCTYPE a [<!ENTITY b 'c'>]>" + XMP.format(ALT), XMP.format(ALT) * 2]
)
def test_damaged_xmp_gives_nothing(tmp_path: Path, xmp: str) -> None:
    assert captions_in(str(jpeg(tmp_path / "a.jpg", xmp=xmp, description="a dog"))) == ["a dog"]


@given(position=st.integers(2, 700), value=st.integers(0, 255))
def test_any_damage_gives_captions_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, position: int, value: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.jpg"
    jpeg(path, iptc=iim((2, 120, b"a cat")), xmp=XMP.format(ALT), description="a dog", comment=b"ASCII\0\0\0x y")
    data = bytearray(path.read_bytes())
    data[min(position, len(data) - 1)] = value
    path.write_bytes(data)
    assert all(isinstance(text, str) and text == text.strip() != "" for text in captions_in(str(path)))


def test_a_folder(tmp_path: Path) -> None:
    jpeg(tmp_path / "a.jpg", description="a cat")
    jpeg(tmp_path / "b.jpg")
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    found = read(tmp_path)
    assert [tuple(pair) for pair in found] == [(str(tmp_path / "a.jpg"), "a cat")]
    assert found.skipped == {"no caption inside": 2}
