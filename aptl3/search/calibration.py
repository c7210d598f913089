"""Scores that mean the same for every query, way and collection, and the line under the likely matches.

A cosine of 0.2 is much between words and pictures and nothing between pictures, so no line can be drawn in cosines and
no two models' lists be merged by them. The score of a hit is (s − m) / σ: s its cosine, m the mean cosine of this
query with all of the collection, σ the spread of the cosines that *other* questions of the same make have with it (the
cohort: plain everyday questions for words, other items for an example). It says by how many of these spreads the hit
stands out. To judge by a cohort is what speaker recognition does (R. Auckenthaler et al., "Score normalization for
text-independent speaker verification systems", 2000). The spread of the query's own scores is no better known for a
large collection and worse for a small one, and it grows with the matches themselves: a query that a fifth of the
collection matches would find nothing unusual, whereas σ is the same for all.

The line: what has nothing to do with a query scores like a normal distribution (of the pairs of captions and pictures
below, those that are not related at all have skewness 0.1 and kurtosis 2.7), so by chance E(z) = rows × (1 − Φ(z)) of
all rows reach a score z. The likely ones are the longest beginning of the list, r hits, with E(z_r) ≤ ``LEVEL`` × r
(Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", 1995). A single match must stand out from all of
the collection, the more so the larger it is; where many match, each need stand out less. ``rows`` counts every way
that a hit may have come, so hits of several models share one line, and a collection of one item has none.

Measured by ``benchmarks/likely.py`` on 400 captions of 80 photographs of COCO, default models, the bootstrap alignment
that is shipped: 0.53 of the captions draw a line, under 1.03 hits in the mean; 0.68 of these hits are right (0.61 to
0.74), that is the caption's photograph or one whose own captions say nearly the same. 0.40 of the captions have their
photograph above the line (0.49 have it first). In what is left of the library without all that comes near the caption,
0.10 draw a line, wrongly; of 33 questions for things that are not there 0.09. In parts of the library of 2 to 40
photographs the hits above the line are right in 1.00 to 0.76, with wrong lines for 0.02 to 0.10. At ``LEVEL`` 0.005 a
line is drawn for 0.46, hits are right in 0.73, photographs found in 0.35, with wrong lines for 0.07; at 0.02 in 0.59,
0.64, 0.48 and 0.16.

What was tried instead, with an alignment by rotation alone and a line at 0.05 that was right in 0.66 and found 0.28:
the query's own median and median deviation as m and σ, with Student's distribution, found 0.21 of the captions'
photographs where 0.64 were right, and marks nothing when a third of a large collection matches. Huber's estimates: 0.27
where 0.67 were right, but wrong lines for 0.14, and nothing from a fifth on. A normal distribution fitted to the lower
part of the scores finds those, but was right in 0.54 where it found 0.28: things that are half related (the kitchen for
a bathroom) are no longer part of what is usual. Less the mean score that an item has with all questions (hubs),
recall@1 fell from 0.42 to 0.38, and the line was no better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LEVEL = 0.01  # of the hits above the line, what chance alone may have put there
LOOK = 50  # hits that are looked at to draw the line, so that it does not depend on how many are asked for
SAMPLE = 1024  # rows that stand for the collection
SAME = 0.999  # cosine of an item with itself, or with a copy: no chance neighbour


class Scale(NamedTuple):
    """``mean`` float32 (dim,): the mean direction of the collection's rows, near 0 as they are centred; ``spread``."""

    mean: Floats
    spread: float

    def scores(self, direction: Floats, cosines: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Cosines (n,) of rows with ``direction``, float32 (dim,), as scores (n,)."""
        return (cosines.astype(np.float64) - float(self.mean @ direction)) / self.spread


def scale(cohort: Floats, sample: Floats) -> Scale:
    """How questions like those of ``cohort``, unit rows (n, dim), score in a collection that ``sample``, unit rows
    (m, dim) of its centred space, stands for. Of no questions or no rows, what directions have that know nothing of
    each other: 1 / √dim, which is also the least that is believed of a few."""
    dim = sample.shape[1]
    mean = sample.mean(axis=0) if len(sample) else np.zeros(dim, np.float32)
    cosines = cohort @ sample.T
    others = cosines < SAME
    deviations = (cosines - (cohort @ mean)[:, None])[others]
    variance = float(np.square(deviations, dtype=np.float64).mean()) if len(deviations) else 0.0
    return Scale(mean.astype(np.float32), math.sqrt(max(variance, 1 / dim)))


def likely(scores: Sequence[float], rows: int) -> int:
    """How many of ``scores``, best first, lie above the line, where ``rows`` could have been hits."""
    count = 0
    for rank, score in enumerate(scores, 1):
        if rows * math.erfc(score / math.sqrt(2)) / 2 <= LEVEL * rank:
            count = rank
    return count
