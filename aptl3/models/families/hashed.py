"""``r-N`` and ``r-N-text``: N random values from the content's hash, for tests and for trying out the plumbing.

The same content always has the same vector, other content one that has nothing to do with it. A picture's content is
what a model gets of it, its pixels at the model's size. Both are of one space, in which nothing means anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.errors import BadArgument
from aptl3.models.source import Offer
from aptl3.records.model import ModelSpec, PictureInput

if TYPE_CHECKING:
    import numpy as np

LEAST, MOST = 8, 4096  # dimensions; with fewer, two contents come near each other by chance
_NAME = re.compile(r"r-([0-9]{1,9})(-text)?")


@dataclass(frozen=True)
class Hashed:
    """An ``EngineSource``, and the ``PictureEngine`` or ``TextEngine`` too."""

    spec: ModelSpec
    engine_name: str = "hash"
    name: str = "hash"
    batch: int = 64

    def files(self) -> list[Path]:
        return []

    def engine(self, threads: int | None) -> Hashed:
        del threads
        return self

    def run(self, contents: Sequence[str] | np.ndarray) -> np.ndarray:
        """Pictures, uint8 (n, size, size, 3), or texts → float32 (n, dim), rows L2-normalized."""
        import numpy as np

        return np.stack([self._row(content) for content in contents])

    def close(self) -> None:
        """Nothing is held."""

    def _row(self, content: str | np.ndarray) -> np.ndarray:
        import numpy as np
        import xxhash

        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content.tobytes()
        chance = np.random.Generator(np.random.Philox(key=xxhash.xxh3_128_intdigest(data)))
        row = chance.standard_normal(self.spec.dim)
        unit: np.ndarray = (row / np.linalg.norm(row)).astype(np.float32)
        return unit


def resolve(name: str) -> list[str]:
    return [name] if _NAME.fullmatch(name) else []


def source(name: str, weights: str | None) -> Hashed | None:
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    dim, text = int(found[1]), found[2] is not None
    if not LEAST <= dim <= MOST or found[1].startswith("0"):
        raise BadArgument(f"There is no model {name!r}: N in r-N is a number from {LEAST} to {MOST}.")
    if weights is not None:
        raise BadArgument(f"The model {name} has no weights: leave --weights out.")
    return Hashed(
        ModelSpec(
            name=name,
            version="1",
            modality="text" if text else "image",
            dim=dim,
            space=f"r-{dim}",
            input=None if text else PictureInput(size=64, crop=1.0),
            licence="none needed",
            source="random values from the content's hash",
        )
    )


def offers() -> list[Offer]:
    return [
        Offer(name, modality, None, "none needed", "random values from the content's hash")
        for name, modality in (("r-N", "image"), ("r-N-text", "text"))
    ]
