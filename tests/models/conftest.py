"""The default picture model in int8, made once for all tests: that takes ten seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from aptl3.models import registry
from aptl3.models.quantization import quantize
from tests.models.pictures import inputs, samples


@dataclass(frozen=True)
class Made:
    """``exact`` is the network in float32; ``others`` are photographs that it was not calibrated on."""

    folder: Path
    exact: Path
    others: np.ndarray


@pytest.fixture(scope="session")
def int8(tmp_path_factory: pytest.TempPathFactory) -> Made:
    wanted = registry.get(registry.DEFAULT_IMAGE).input
    assert wanted is not None
    photographs = inputs(samples(), wanted)
    turned = np.ascontiguousarray(np.rot90(photographs[::2], axes=(1, 2)))
    place, work = tmp_path_factory.mktemp("int8"), tmp_path_factory.mktemp("work")
    exact = quantize(registry.DEFAULT_IMAGE, np.concatenate((photographs[::2], turned)), place / "folder", work)
    return Made(place / "folder", exact, photographs[1::2])
