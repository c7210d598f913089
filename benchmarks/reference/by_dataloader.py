"""``baseline.py`` with what else PyTorch offers: bfloat16, inference mode, channels last, threads.

Embedding only: no hashing, no thumbnails, nothing stored, no care for bad files. ``--draft`` has libjpeg decode at a
reduced size, which few know of.

    python benchmarks/reference/by_dataloader.py FOLDER --precision bf16
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a file, maybe by another Python

from benchmarks.reference import program
from benchmarks.reference.network import MEAN, SCALE, SIDE, Network


class _Pictures:
    """A torch dataset (map style)."""

    def __init__(self, paths: Sequence[str], draft: bool) -> None:
        from torchvision import transforms

        self._paths = paths
        self._draft = draft
        self._transform = transforms.Compose(
            [
                transforms.Resize(program.SHORTER, transforms.InterpolationMode.BICUBIC),
                transforms.CenterCrop(SIDE),
                transforms.ToTensor(),
                transforms.Normalize([MEAN] * 3, [SCALE] * 3),
            ]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> Any:
        from PIL import Image

        with Image.open(self._paths[number]) as image:
            if self._draft:
                image.draft("RGB", (2 * program.SHORTER, 2 * program.SHORTER))
            return self._transform(image.convert("RGB"))


def main() -> None:
    parser = program.options(__doc__)
    parser.add_argument("--draft", action="store_true", help="decode at half, a quarter or an eighth where it serves")
    given = parser.parse_args()
    paths = program.files(given)
    import torch
    from torch.utils.data import DataLoader

    network = Network(given.precision, given.threads)
    pictures: Any = _Pictures(paths, given.draft)
    started = time.perf_counter()
    loader: Any = DataLoader(pictures, batch_size=given.batch, num_workers=given.workers)
    vectors = torch.cat([network.embed(batch) for batch in loader])
    program.answer(len(vectors), time.perf_counter() - started, started - program.BEGUN)


if __name__ == "__main__":
    main()
