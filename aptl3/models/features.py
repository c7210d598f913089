"""What goes around a picture network to make it a model: pixels in, vectors of length 1 out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def unit_features(body: torch.nn.Module, mean: Sequence[float], std: Sequence[float]) -> torch.nn.Module:
    """The network of a ``PictureSource``, in ``eval`` mode.

    Args:
        body: takes float (n, 3, size, size), gives float (n, dim) or (n, dim, 1, 1).
        mean, std: of the values 0 … 255 of red, green and blue; a value goes in as (value − mean) / std.
    """
    import torch

    class Features(torch.nn.Module):
        mean: torch.Tensor
        std: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.body = body
            for name, values in (("mean", mean), ("std", std)):
                self.register_buffer(name, torch.tensor(values, dtype=torch.float32).reshape(1, 3, 1, 1))

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            # Height × width × channels as they lie in memory is what torch calls channels-last: nothing is copied.
            inputs = (pictures.permute(0, 3, 1, 2).to(self.mean.dtype) - self.mean) / self.std
            return torch.nn.functional.normalize(self.body(inputs).float().flatten(1), dim=1)

    return Features().eval()
