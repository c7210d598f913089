"""Real photographs as model inputs: those of the sample packages, and COCO's where a copy lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from aptl3.media.picture import decode
from aptl3.media.samples import sample_photographs
from aptl3.records.model import PictureInput

COCO = Path(__file__).parents[3] / "shared" / "coco-mini"


def inputs(paths: list[Path], wanted: PictureInput) -> np.ndarray:
    """uint8 (n, size, size, 3)."""
    return np.stack([decode(path.read_bytes(), [wanted]).inputs[0] for path in paths])


def samples() -> list[Path]:
    return [Path(path) for path in sample_photographs()]


def captioned() -> tuple[list[Path], list[str], np.ndarray]:
    """COCO's photographs, their captions, and for each caption the number of its photograph."""
    told = json.loads((COCO / "annotations" / "captions_train2017.json").read_text("utf-8"))
    order = {image["id"]: place for place, image in enumerate(told["images"])}
    paths = [COCO / "train2017" / image["file_name"] for image in told["images"]]
    captions = [note["caption"].strip() for note in told["annotations"]]
    return paths, captions, np.array([order[note["image_id"]] for note in told["annotations"]])
