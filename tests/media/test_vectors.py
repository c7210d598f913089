"""What the network sees: vectors of our model inputs against those of exact ones.

Exact: the file decoded in full, the centred square in fractions of a pixel, antialiased bicubic in float32, unrounded.
The network runs in float32.
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from aptl3.media.formats import jpeg_planes
from aptl3.media.picture import decode
from aptl3.media.samples import sample_photographs
from aptl3.models import registry
from aptl3.records.model import PictureInput
from tests.bad_input import encoded

INPUT = PictureInput(224, 0.875)
_NAMES = ("astronaut", "chelsea", "china", "coffee", "flower", "grace_hopper", "rocket")


def photographs(longest: int, grain: float) -> list[bytes]:
    """Real photographs as JPEGs of this size; grain makes up for the detail that enlarging does not have."""
    chance, files = np.random.default_rng(0), []
    for path in sample_photographs():
        if not any(name in path for name in _NAMES):
            continue
        with Image.open(path) as image:
            scale = longest / max(image.size)
            size = (round(image.width * scale), round(image.height * scale))
            pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS)).astype(np.float32)
        pixels += grain * chance.standard_normal((*pixels.shape[:2], 1), np.float32)
        files.append(encoded(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), "JPEG", quality=90))
    return files


def exact(data: bytes) -> NDArray[np.float32]:
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        side = INPUT.crop * min(image.size)
        box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
        planes = [
            plane.convert("F").resize((INPUT.size, INPUT.size), Image.Resampling.BICUBIC, box)
            for plane in image.split()
        ]
    return np.stack([np.asarray(plane) for plane in planes], -1).clip(0, 255).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> object:
    return registry.source(registry.DEFAULT_IMAGE).network()  # type: ignore[attr-defined]


def vectors(network: object, inputs: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    import torch

    with torch.inference_mode():
        found: NDArray[np.float32] = network(torch.from_numpy(np.stack(inputs))).numpy()  # type: ignore[operator]
    return found


@pytest.mark.parametrize(
    ("longest", "grain", "mean"),
    [
        (500, 3, 0.9985),
        (1600, 4, 0.999),  # decoded at 1/2
        (3200, 4, 0.9982),  # at 1/4, by ``jpeg_planes``
        (160, 0, 0.998),  # enlarged: what is left is the rounding to 8 bits
    ],
)
def test_inputs_give_the_vectors_of_exact_ones(network: object, longest: int, grain: float, mean: float) -> None:
    files = photographs(longest, grain)
    wanted = vectors(network, [exact(data) for data in files])
    found = vectors(network, [decode(data, [INPUT]).inputs[0].astype(np.float32) for data in files])
    cosines = (wanted * found).sum(1)
    assert cosines.mean() >= mean
    assert cosines.min() >= 0.99


def test_so_do_those_of_large_ones_by_libjpeg(network: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_planes, "_jpeg_scan", None)
    test_inputs_give_the_vectors_of_exact_ones(network, 3200, 4, 0.999)
