"""Files that must not give a picture, and odd ones that must: made for any test that needs them.

``make_bad_folder`` says which class of reason each file is to be refused with; ``make_good_odd_folder`` names pictures
that look unusual and are in order. What a platform cannot have (named pipes on Windows, names that are not UTF-8 on
macOS, files that root may not read) is left out there.
"""

from __future__ import annotations

import io
import os
import socket
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from aptl3.records.failure import Reason

SIZE = (160, 120)


def photograph(seed: int = 0, size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture of coloured blobs with a little grain; another seed gives another picture."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)).astype(np.float32)
    grain = chance.normal(0, 6, pixels.shape)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of Pillow's format ``kind``."""
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims to be this large, complete up to its first data."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    end = b"IEND"
    chunks = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data, end))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def with_jpeg_size(jpeg: bytes, width: int, height: int) -> bytes:
    """A baseline JPEG whose header claims another size."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def with_damage(data: bytes, seed: int = 0) -> bytes:
    """The same file with a block of its middle overwritten by chance."""
    middle, size = len(data) // 2, len(data) // 8
    chance = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes()
    return data[:middle] + chance.replace(b"\xff", b"\xfe") + data[middle + size :]


def _bad_files() -> dict[str, tuple[bytes, Reason]]:
    jpeg = encoded(photograph(), "JPEG", quality=90)
    progressive = encoded(photograph(1), "JPEG", quality=90, progressive=True)
    png, gif, bmp = (encoded(photograph(2), kind) for kind in ("PNG", "GIF", "BMP"))
    webp, tiff = encoded(photograph(3), "WEBP"), encoded(photograph(3), "TIFF", compression="tiff_lzw")
    return {
        "empty.jpg": (b"", Reason.EMPTY),
        "one byte.png": (b"\x89", Reason.UNSUPPORTED),
        "truncated.jpg": (jpeg[: len(jpeg) * 2 // 3], Reason.TRUNCATED),
        "truncated-late.jpg": (jpeg[:-12], Reason.TRUNCATED),
        "truncated-header.jpg": (jpeg[:100], Reason.TRUNCATED),
        "truncated-zeros.jpg": (jpeg[: len(jpeg) // 2] + bytes(len(jpeg) // 2), Reason.TRUNCATED),
        "truncated-progressive.jpg": (progressive[: len(progressive) // 2], Reason.TRUNCATED),
        "truncated.png": (png[: len(png) // 2], Reason.TRUNCATED),
        "truncated.gif": (gif[: len(gif) // 2], Reason.TRUNCATED),
        "truncated.bmp": (bmp[: len(bmp) // 2], Reason.TRUNCATED),
        "truncated.webp": (webp[: len(webp) // 2], Reason.TRUNCATED),
        "truncated.tiff": (tiff[: len(tiff) // 2], Reason.TRUNCATED),
        "corrupt.jpg": (with_damage(jpeg), Reason.CORRUPT),
        "corrupt.png": (with_damage(png), Reason.CORRUPT),
        "corrupt-tables-only.jpg": (jpeg[: jpeg.index(b"\xff\xc0")] + b"\xff\xd9", Reason.CORRUPT),
        "text.jpg": (b"this is no photograph\n" * 50, Reason.UNSUPPORTED),
        "page.png": (b"<!doctype html><title>404</title>" * 20, Reason.UNSUPPORTED),
        "noise.jpg": (np.random.default_rng(5).bytes(5000), Reason.UNSUPPORTED),
        "zeros.jpg": (bytes(5000), Reason.UNSUPPORTED),
        "bomb.png": (png_header(60_000, 60_000), Reason.TOO_LARGE),
        "bomb.jpg": (with_jpeg_size(jpeg, 65_500, 65_500), Reason.TOO_LARGE),
        "no pixels.png": (png_header(0, 100), Reason.CORRUPT),
    }


def make_bad_folder(path: str | os.PathLike[str]) -> dict[str, Reason]:
    """Fills ``path`` with files that must be refused; names → the reason for each."""
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    expected: dict[str, Reason] = {}
    for name, (data, reason) in _bad_files().items():
        (folder / name).write_bytes(data)
        expected[name] = reason
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jpg")
        expected["pipe.jpg"] = Reason.NOT_A_FILE
    if sys.platform != "win32":
        expected |= _special_files(folder)
    return expected


def _special_files(folder: Path) -> dict[str, Reason]:
    (folder / "device.jpg").symlink_to("/dev/zero")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "nowhere.jpg").symlink_to("no such file")
    (folder / "around").symlink_to(".")  # a loop of folders: must not be followed, and is no failure
    expected = {
        "device.jpg": Reason.NOT_A_FILE,
        "loop.jpg": Reason.UNREADABLE,
        "nowhere.jpg": Reason.UNREADABLE,
    }
    if _bind_socket(folder, "socket.jpg"):
        expected["socket.jpg"] = Reason.NOT_A_FILE
    if os.geteuid() != 0:  # root reads everything
        locked = folder / "locked.jpg"
        locked.write_bytes(encoded(photograph(9), "JPEG"))
        locked.chmod(0)
        expected["locked.jpg"] = Reason.UNREADABLE
    return expected


def _bind_socket(folder: Path, name: str) -> bool:
    """A socket's path is short: it is bound by a name relative to its folder."""
    before = os.getcwd()
    try:
        os.chdir(folder)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
            bound.bind(name)
    except OSError:
        return False
    finally:
        os.chdir(before)
    return True


def _odd_files() -> dict[str, bytes]:
    picture = photograph(20)
    grey = picture.convert("L")
    clear = picture.convert("RGBA")
    clear.putalpha(grey)
    deep = Image.fromarray((np.asarray(grey).astype(np.uint16) << 8) | 0x5A)
    frames = [photograph(seed) for seed in (30, 31, 32)]
    jpeg = encoded(photograph(21), "JPEG")
    rotated = Image.Exif()
    rotated[0x0112] = 6
    return {
        "cmyk.jpg": encoded(photograph(22).convert("CMYK"), "JPEG"),
        "grey.jpg": encoded(photograph(23).convert("L"), "JPEG"),
        "progressive.jpg": encoded(photograph(24), "JPEG", progressive=True),
        "rotated.jpg": encoded(photograph(25), "JPEG", exif=rotated),
        "trailing bytes.jpg": jpeg + bytes(3000),
        "16 bits.png": encoded(deep, "PNG"),
        "16 bits.tif": encoded(deep, "TIFF"),
        "float.tif": encoded(grey.convert("F"), "TIFF"),
        "cmyk.tif": encoded(photograph(26).convert("CMYK"), "TIFF"),
        "lab.tif": encoded(_lab(photograph(27)), "TIFF"),
        "palette.png": encoded(picture.quantize(32), "PNG"),
        "palette with transparency.png": encoded(photograph(28).quantize(16), "PNG", transparency=3),
        "transparent.png": encoded(clear, "PNG"),
        "grey with transparency.png": encoded(clear.convert("LA"), "PNG"),
        "black and white.png": encoded(grey.convert("1"), "PNG"),
        "animated.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "animated.webp": encoded(frames[1], "WEBP", save_all=True, append_images=frames[2:]),
        "animated.png": encoded(frames[2], "PNG", save_all=True, append_images=frames[:1]),
        "lossless.webp": encoded(clear.rotate(180), "WEBP", lossless=True),
        "bitmap.bmp": encoded(photograph(29), "BMP"),
        "plain.ppm": encoded(photograph(33), "PPM"),
        "really a png.jpg": encoded(photograph(34), "PNG"),
        "really a jpeg.PNG": encoded(photograph(35), "JPEG"),
        "one pixel.png": encoded(photograph(36, (1, 1)), "PNG"),
        "wide.jpg": encoded(photograph(37, (1500, 3)), "JPEG"),
        "tall.png": encoded(photograph(38, (2, 900)), "PNG"),
        "ünïcode 写真 ☕.jpg": encoded(photograph(39), "JPEG"),
        "new\nline.jpg": encoded(photograph(40), "JPEG"),
    }


def _lab(picture: Image.Image) -> Image.Image:
    from PIL import ImageCms

    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    converted = ImageCms.applyTransform(picture, transform)
    assert converted is not None
    return converted


def make_good_odd_folder(path: str | os.PathLike[str]) -> list[str]:
    """Fills ``path`` with unusual pictures, no two alike, that must all be taken; their names (``str`` as
    ``os.fsdecode`` gives them)."""
    folder = os.fspath(path)
    os.makedirs(folder, exist_ok=True)
    names = []
    for name, data in _odd_files().items():
        if sys.platform == "win32" and "\n" in name:
            continue
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
        names.append(name)
    if sys.platform == "linux":
        name = os.fsdecode(b"caf\xe9 \xff.jpg")
        with open(os.path.join(folder, name), "wb") as file:
            file.write(encoded(photograph(41), "JPEG"))
        names.append(name)
    return names
