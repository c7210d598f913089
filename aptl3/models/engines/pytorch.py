"""torch: on a CUDA device in half precision, or plain on a CPU where OpenVINO is missing.

Pictures go to the device as uint8 and are scaled there; their layout, height × width × channels, is torch's
channels-last already.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from aptl3.errors import ModelUnavailable
from aptl3.models import synthetic
from aptl3.models.precision import MEAN, WORST, cosines

if TYPE_CHECKING:
    import torch


class TorchEngine:
    """uint8 (n, size, size, 3) → float32 (n, dim), any n > 0. Without ``threads`` torch chooses them itself."""

    def __init__(self, network: torch.nn.Module, device: str, half: bool, threads: int | None = None) -> None:
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self.batch = 64 if device == "cuda" else 8
        self.name = f"torch-{device}-{'f16' if half else 'f32'}"
        self._device = device
        network = network.to(device=device, dtype=torch.float16 if half else torch.float32)
        self._network: Any = network.to(memory_format=torch.channels_last)

    def run(self, pictures: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            parts = [pictures[start : start + self.batch] for start in range(0, len(pictures), self.batch)]
            return np.concatenate([self._rows(part) for part in parts])

    def close(self) -> None:
        self._network = None

    def _rows(self, pictures: np.ndarray) -> np.ndarray:
        import torch

        rows = self._network(torch.from_numpy(np.require(pictures, requirements=("C", "W"))).to(self._device))
        answer: np.ndarray = rows.float().cpu().numpy()
        return answer


def best(network: torch.nn.Module, device: str, size: int, threads: int | None = None) -> TorchEngine:
    """Half precision on CUDA while its vectors stay those of float32; float32 otherwise.

    Raises:
        ModelUnavailable: ``device`` is "cuda" and torch has none.
    """
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise ModelUnavailable("torch finds no CUDA device: use --device cpu, or install a CUDA build of torch")
    exact = TorchEngine(network, device, half=False, threads=threads)
    if device != "cuda":
        return exact
    pictures = synthetic.structured(8, size, seed=2)
    reference = exact.run(pictures)
    half = TorchEngine(copy.deepcopy(network), device, half=True)
    mean, worst = cosines(reference, half.run(pictures))
    return half if mean >= MEAN and worst >= WORST else exact
