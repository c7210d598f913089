"""Photographs for tests, made of noise and shapes from a seed: small, distinct, cheap."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from PIL import Image


def make_photograph(path: Path, seed: int, size: tuple[int, int] = (240, 180)) -> Path:
    """A JPEG of coloured blobs; another seed gives another picture."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    picture.save(path, quality=88)
    return path


def make_folder(folder: Path, count: int, seed: int) -> Path:
    """``count`` files in subfolders: mostly distinct photographs, every tenth a copy, every fiftieth no picture."""
    for number in range(count):
        place = folder / f"{number // 100:03}" / f"{number % 10}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"photo {number:06}.jpg"
        if number % 50 == 49:
            path.write_bytes(b"this is no photograph %d" % number)
        elif number % 10 == 9:
            first = number - 1
            shutil.copyfile(folder / f"{first // 100:03}" / f"{first % 10}" / f"photo {first:06}.jpg", path)
        else:
            make_photograph(path, seed * 1_000_000 + number)
    return folder


def make_texts(folder: Path, count: int) -> Path:
    """``count`` text files, the last of every ten a copy of the first."""
    for number in range(count):
        (folder / f"text {number:06}.txt").write_text(
            f"text number {number - number % 10 if number % 10 == 9 else number}"
        )
    return folder
