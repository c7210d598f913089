"""What an ingestion is measured with: collections of one kind, made from a seed.

``small`` and ``large`` are photographs of 500×375 and of 12 megapixels (``photos.py``), ``texts`` are text files of 5
to 60 words. ``mixed`` is what lies in a folder: of twenty files fourteen are small photographs, one is large, one a
PNG, one a text, one a copy, one breaks off in the middle, one is no picture.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from aptl3.fitting.questions import QUESTIONS
from benchmarks import photos

WORDS = (5, 60)  # of a text, the least and the most
_ROUND = 20  # files of ``mixed`` that are as its docstring says


@dataclass(frozen=True)
class Kind:
    """``make(folder, count, seed)`` writes ``count`` files into ``folder``. ``images``: all of them are photographs."""

    name: str
    count: int  # enough for a rate
    make: Callable[[Path, int, int], object]
    images: bool = False


def small(folder: Path, count: int, seed: int = 0) -> None:
    photos.make(folder, count, seed)


def large(folder: Path, count: int, seed: int = 0) -> None:
    photos.make(folder, count, seed, photos.LARGE)


def texts(folder: Path, count: int, seed: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    words = sorted({word for question in QUESTIONS for word in question.split()})
    for number in range(count):
        chosen = chance.choice(words, int(chance.integers(*WORDS)))
        (folder / f"{number:06d}.txt").write_text(f"{number}: {' '.join(chosen)}.\n", "utf-8")


def mixed(folder: Path, count: int, seed: int = 0) -> None:
    rounds = -(-count // _ROUND)
    small(folder, 16 * rounds, seed)
    large(folder, rounds, seed)
    texts(folder, rounds, seed)
    photographs = sorted(folder.glob("*-500x375.jpg"))
    for number in range(rounds):
        as_png, cut = photographs[number], photographs[rounds + number]
        cv2.imwrite(str(folder / f"{number:06d}.png"), cv2.imread(str(as_png)))
        shutil.copyfile(photographs[-1 - number], folder / f"copy-{number:06d}.jpg")
        cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
        as_png.write_bytes(b"no photograph %d" % number)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("small", 1000, small, images=True),
        Kind("large", 300, large, images=True),
        Kind("mixed", 600, mixed),
        Kind("texts", 4000, texts),
    )
}
