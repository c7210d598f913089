"""How well one model leads to another: judged on rows that an alignment was not fitted to.

The distance that a fit leaves says nothing of that: the more dimensions a model has, the nearer its rows are turned to
any others. Random vectors of 1,024 dimensions come as near to a classifier's thousand classes as 0.25, those of the
default text model as 0.49; of classes held out the latter finds its own before 0.90 of the others, the random one
before 0.50, and a text tower of random weights before 0.57.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from itertools import permutations

import numpy as np

from aptl3.alignment.generalized import solve
from aptl3.alignment.joint import Joint
from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument
from aptl3.fitting.recipes import Paired

_MOST = 1000  # rows that are sought among one another

Skills = dict[str, dict[str, float]]  # source → target → 0 … 1


def skills(blocks: Sequence[Paired]) -> Skills:
    """Of each model to each other one that ``blocks`` have rows of both: how many of the other half's rows, from 0 to
    1, are further from a row than its own, when every second row is fitted to; 0.5 is chance. The first block that
    has both counts."""
    found: Skills = {}
    for block in blocks:
        fitted, asked = (block.part(slice(start, None, 2)) for start in range(2))
        means = fitted.means()
        with contextlib.suppress(BadArgument):  # too few rows to say anything
            joint = solve(fitted.moments(means), means)
            for source, target in permutations(block.spaces, 2):
                found.setdefault(source, {}).setdefault(target, _behind(joint, asked, source, target))
    return found


def _behind(joint: Joint, asked: Paired, source: str, target: str) -> float:
    both = np.flatnonzero(asked.known(source) & asked.known(target))[:_MOST]
    if len(both) < 2:
        return 0.0
    there = asked.spaces[target][both]
    scores = joint.map(asked.spaces[source][both], source, target) @ unit_rows(there - there.mean(axis=0)).T
    behind = (scores < np.diagonal(scores)[:, None]).sum(axis=1)
    return float(behind.mean() / (len(both) - 1))
