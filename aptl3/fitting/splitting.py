"""Which pairs train and which judge: decided by the content of the photograph, never by the pair. Pure.

Guarantees: the same photograph falls on the same side in every library, run and relation, copies of it too; all its
captions go with it; no text judges that also trains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

VALIDATION = 0.2  # share of the photographs

Mask = npt.NDArray[np.bool_]


def validation(hash: bytes, share: float = VALIDATION) -> bool:
    """Whether a photograph of this content hash (xxh3-128, 16 bytes) is kept for validation."""
    return int.from_bytes(hash[:8], "big") < share * 2**64


def fold(hash: bytes, folds: int) -> int:
    """In which of ``folds`` parts the photograph falls, 0 …; says nothing about ``validation``."""
    return int.from_bytes(hash[8:], "big") % folds


def parts(pairs: npt.NDArray[np.int64], held: Mask) -> tuple[Mask, Mask]:
    """Which pairs train and which judge, two masks (n,).

    ``pairs`` (n, 2): picture and text; ``held`` (n,): whether the pair's picture is kept for validation. A text that
    is paired with pictures of both parts judges nothing; it trains with its pictures of the training part.
    """
    trained = np.unique(pairs[~held, 1])
    return ~held, held & ~np.isin(pairs[:, 1], trained)


def held_out(hashes: Sequence[bytes], share: float = VALIDATION) -> Mask:
    """``validation`` of each, as a mask."""
    return np.fromiter((validation(one, share) for one in hashes), bool, len(hashes))
