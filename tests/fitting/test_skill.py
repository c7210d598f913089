from __future__ import annotations

import numpy as np
import pytest

from aptl3.fitting.recipes import Paired, fit
from aptl3.fitting.skill import skills


def blocks(rows: int = 200) -> list[Paired]:
    """What is on pictures, with much noise; words that say it; and random words of as many dimensions as rows."""
    chance = np.random.default_rng(0)
    pictures = chance.normal(size=(rows, 200))
    words = pictures[:, :20] + chance.normal(size=(rows, 20))
    return [Paired({"pictures": pictures, "words": words, "random": chance.normal(size=(rows, 190))})]


def test_a_model_that_knows_nothing_is_told_from_one_that_does() -> None:
    found = skills(blocks())
    assert found["words"]["pictures"] > 0.75 and found["pictures"]["words"] > 0.75
    assert found["random"]["pictures"] == pytest.approx(0.5, abs=0.07)
    [block] = blocks()
    near, far = (
        fit("pairs", Paired({name: block.spaces[name] for name in ("pictures", words)})).distance
        for words in ("random", "words")
    )
    assert near < far  # the distance would have it the other way round


def test_the_first_block_that_has_both_counts_and_few_rows_say_nothing() -> None:
    [block] = blocks()
    other = Paired({"words": block.spaces["words"], "more": block.spaces["words"]})
    found = skills([block, other])
    assert found["words"] == {**skills([block])["words"], "more": pytest.approx(1, abs=0.01)}
    assert skills([]) == skills(blocks(2)) == {}
    nowhere = np.zeros(200, bool)
    absent = Paired(block.spaces, {"random": np.arange(200) % 2 == 0, "words": nowhere | True})
    assert skills([absent])["random"]["pictures"] == 0.0
