from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aptl3.errors import ModelUnavailable
from aptl3.models import synthetic
from aptl3.models.engines import pytorch
from aptl3.models.engines.pytorch import TorchEngine, best


def network(fine: float = 1.0) -> Any:
    """uint8 (n, 16, 16, 3) → (n, 3), the mean colour's direction; ``fine`` scales it out of float16's range."""
    import torch

    class Colours(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0]) * fine)

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            colours = pictures.to(self.scale.dtype).mean((1, 2)) * self.scale
            return torch.nn.functional.normalize(colours.float(), dim=1)

    return Colours().eval()


@pytest.mark.parametrize("half", [False, True])
def test_it_takes_any_number_of_pictures(half: bool) -> None:
    pictures = synthetic.structured(19, 16, seed=1)
    pictures.flags.writeable = False
    engine = TorchEngine(network(), "cpu", half, threads=1)
    rows = engine.run(pictures)
    expected = pictures.mean(axis=(1, 2)) * [1, 2, 3]
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert rows.dtype == np.float32 and rows == pytest.approx(expected, abs=2e-3 if half else 1e-6)
    assert engine.name == f"torch-cpu-{'f16' if half else 'f32'}"


def test_without_a_device_cuda_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelUnavailable, match="no CUDA device"):
        best(network(), "cuda", 16)


@pytest.mark.parametrize(("fine", "half"), [(1.0, True), (1e6, False)])
def test_half_precision_is_used_while_it_is_near(fine: float, half: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without CUDA the engine that "cuda" asks for runs on the CPU here: the choice is the same."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    class OnCpu(TorchEngine):
        def __init__(self, network: Any, device: str, half: bool, threads: int | None = None) -> None:
            super().__init__(network, "cpu", half, threads)

    monkeypatch.setattr(pytorch, "TorchEngine", OnCpu)
    engine = best(network(fine), "cuda", 16)
    assert engine.name.endswith("f16" if half else "f32")
    assert np.isfinite(engine.run(synthetic.structured(4, 16, seed=5))).all()
