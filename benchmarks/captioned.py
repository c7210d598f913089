"""Photographs with captions, laid out as COCO is, for the benchmarks that ask about these.

A folder of COCO has ``train2017/`` and ``annotations/captions_train2017.json``. ``made`` writes a tiny one from the
sample photographs, to see that a benchmark works: what its captions say is too little for a figure that counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.photos import encoded

PHOTOGRAPHS, CAPTIONS = "train2017", "annotations/captions_train2017.json"

_COUNT = 20  # photographs: two or three crops of each
_SAID = (
    ("an astronaut in an orange suit", "a smiling woman in front of a flag"),
    ("a cat that looks at you", "the face of a striped cat"),
    ("an old temple in China", "a palace with curved roofs"),
    ("a cup of coffee", "a coffee and a spoon on a table"),
    ("a red flower", "a flower in front of green leaves"),
    ("a woman in a uniform", "a portrait of an officer"),
    ("a motorcycle in a garage", "a motorbike that is being mended"),
    ("the inside of an eye", "a round orange picture of a retina"),
    ("a rocket that starts", "fire and smoke under a rocket"),
)


def made(folder: Path) -> Path:
    """The tiny one, in ``folder``, which is returned."""
    (folder / PHOTOGRAPHS).mkdir(parents=True)
    images: list[dict[str, object]] = []
    captions: list[dict[str, object]] = []
    for number, data in enumerate(encoded(_COUNT, size=(320, 240))):
        name = f"{number:012d}.jpg"
        (folder / PHOTOGRAPHS / name).write_bytes(data)
        images.append({"id": number, "file_name": name})
        for text in _SAID[number % len(_SAID)]:
            captions.append({"id": len(captions), "image_id": number, "caption": f"{text}, number {number}"})
    place = folder / CAPTIONS
    place.parent.mkdir()
    place.write_text(json.dumps({"images": images, "annotations": captions}), "utf-8")
    return folder


def argument(parser: argparse.ArgumentParser) -> None:
    """The folder to ask for."""
    parser.add_argument("folder", nargs="?", type=Path, help="a folder of COCO; may be left out with --tiny")


@contextmanager
def folder_of(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Iterator[Path]:
    """The folder that was given, or for ``--tiny`` one that is made."""
    if given.folder is None and not given.tiny:
        parser.error("name a folder of COCO")
    with tempfile.TemporaryDirectory(prefix="aptl3-captioned-") as work:
        yield given.folder or made(Path(work) / "made")
