"""Photographs for measuring, made from a seed: distinct crops of the sample photographs with film grain.

Quality 90, 4:2:0. The grain makes up for the detail that enlarging takes away, so that a file is about as large as a
camera's: 500×375 comes to 114 KB on average, 4000×3000 to 2.7 MB. The same seed gives the same pictures (the same
bytes with the same cv2).

    python benchmarks/photos.py FOLDER --count 1000
    python benchmarks/photos.py FOLDER --count 50 --size 4000x3000
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from aptl3.media.samples import sample_photographs

SMALL = (500, 375)
LARGE = (4000, 3000)  # 12 megapixels

# Colour photographs of things: textures and microscopy would make the collection easier to decode than a real one.
_NAMES = (
    "astronaut.png",
    "chelsea.png",
    "china.jpg",
    "coffee.png",
    "flower.jpg",
    "grace_hopper.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
_GRAIN = 512  # side of the tile of grain, pixels
_JPEG = [
    cv2.IMWRITE_JPEG_QUALITY,
    90,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
]


def _strength(width: int, height: int) -> float:
    """Standard deviation of the grain, in grey levels: by trial, for the sizes of file named above."""
    return 28.0 if width * height < 1_000_000 else 4.0


def encoded(count: int, seed: int = 0, size: tuple[int, int] = SMALL) -> Iterator[bytes]:
    """Yields ``count`` distinct JPEG files of ``size`` (width, height)."""
    width, height = size
    rng = np.random.default_rng(seed)
    originals = [_read(path) for path in sample_photographs() if Path(path).name in _NAMES]
    grain = rng.standard_normal((_GRAIN, _GRAIN, 1)).astype(np.float32) * _strength(width, height)
    for number in range(count):
        crop = _crop(originals[number % len(originals)], width / height, rng)
        kernel = cv2.INTER_CUBIC if crop.shape[1] < width else cv2.INTER_AREA
        pixels = cv2.resize(crop, size, interpolation=kernel)
        shift = rng.integers(0, _GRAIN, 2)
        tile = np.roll(grain, shift, (0, 1))
        pixels = _grained(pixels, tile)
        yield cv2.imencode(".jpg", pixels, _JPEG)[1].tobytes()


def _read(path: str) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] | None = cv2.imread(path)
    if pixels is None:
        raise OSError(f"{path} cannot be read")
    return pixels


def _crop(original: NDArray[np.uint8], aspect: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A random window of at least 0.6 of the largest one with that aspect, mirrored half the time."""
    height, width = original.shape[:2]
    scale = rng.uniform(0.6, 1.0)
    side = min(height, width / aspect) * scale
    tall, wide = int(side), int(side * aspect)
    top = rng.integers(0, height - tall + 1)
    left = rng.integers(0, width - wide + 1)
    crop = original[top : top + tall, left : left + wide]
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def _grained(pixels: NDArray[np.uint8], tile: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Adds the tile of grain, repeated over the picture, band by band so that large ones stay cheap in memory."""
    height, width = pixels.shape[:2]
    out = np.empty_like(pixels)
    row = np.tile(tile, (1, width // _GRAIN + 1, 1))[:, :width]
    for top in range(0, height, _GRAIN):
        band = pixels[top : top + _GRAIN]
        out[top : top + _GRAIN] = np.clip(band + row[: len(band)], 0, 255)
    return out


def make(folder: str | Path, count: int, seed: int = 0, size: tuple[int, int] = SMALL) -> list[Path]:
    """Writes ``count`` photographs into ``folder`` (made if missing) and returns their paths. Files that stand there
    under the same names already are kept, so that a benchmark may be run again without waiting."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{seed}-{number:06d}-{size[0]}x{size[1]}.jpg" for number in range(count)]
    if not all(path.exists() for path in paths):
        for path, data in zip(paths, encoded(count, seed, size), strict=True):
            path.write_bytes(data)
    return paths


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=_size, default=SMALL, metavar="WIDTHxHEIGHT")
    options = parser.parse_args()
    paths = make(options.folder, options.count, options.seed, options.size)
    mean = sum(path.stat().st_size for path in paths) / len(paths)
    print(f"{len(paths)} photographs in {options.folder}, {mean / 1000:.0f} KB on average")


if __name__ == "__main__":
    main()
