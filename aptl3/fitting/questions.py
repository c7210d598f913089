"""What people ask of their photographs, as directions in a picture model's centred space.

Words come from far outside of the pictures: an index that holds its recall for pictures may lose it for words, so that
its search effort is set with both. Few and plain on purpose: they stand for a kind of query, not for a vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from aptl3.config import cache_dir
from aptl3.errors import Aptl3Error
from aptl3.records.model import StoredModel

_THINGS = (
    "a dog",
    "a cat asleep",
    "birds over the sea",
    "a horse in a field",
    "children playing",
    "a baby",
    "a man with a hat",
    "friends around a table",
    "a crowd at a concert",
    "a birthday cake",
    "a cup of coffee",
    "a pizza",
    "fruit at a market",
    "a glass of wine",
    "a kitchen",
    "a bedroom",
    "a desk with a computer",
    "a bookshelf",
    "a red car",
    "an old train",
    "a boat in the harbour",
    "an aeroplane",
    "a bicycle leaning on a wall",
    "a bridge",
    "a church",
    "a castle on a hill",
    "a skyscraper",
    "an empty road",
    "a waterfall",
    "trees in autumn",
    "flowers",
    "a mushroom",
    "a spider's web",
    "fish under water",
    "a guitar",
    "a football match",
    "somebody skiing",
    "a surfer on a wave",
    "a tent",
    "a fire",
    "fireworks",
    "a Christmas tree",
    "a statue",
    "a clock",
    "a letter written by hand",
    "a map",
    "shoes",
    "a wedding dress",
)
_PLACES = ("", " at night", " on the beach", " in the snow")

# 192: half of them sets an effort, and recall@10 over a hundred questions is known to about a hundredth.
QUESTIONS = tuple(thing + place for thing in _THINGS for place in _PLACES)


def everyday_words(target: StoredModel, texts: Sequence[str] = QUESTIONS) -> npt.NDArray[np.float32] | None:
    """Unit directions of ``texts``, float32 (n, dim); None where no alignment leads from words to ``target``, or
    the text model is not to be had."""
    from aptl3.fitting.shipped import load
    from aptl3.models.opening import fingerprint, open_text_model
    from aptl3.models.registry import DEFAULT_TEXT

    cache = cache_dir()
    try:
        found = load(fingerprint(DEFAULT_TEXT, cache), target.fingerprint)
        if found is None:
            return None
        joint, *names = found
        with open_text_model(DEFAULT_TEXT, cache=cache) as text:
            directions: npt.NDArray[np.float32] = joint.map(text.embed(texts), *names)
    except Aptl3Error:
        return None
    return directions
