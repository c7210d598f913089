"""The default models and what is shipped for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.records.model import ModelRef
from aptl3.search.embedders import installed
from aptl3.storage.writer import Writer


def test_words_lead_to_pictures_and_back_by_what_is_shipped(empty: Writer, tmp_path: Path) -> None:
    embedders = installed(tmp_path)
    pictures, texts = (embedders.describe(ModelRef(name)) for name in embedders.defaults)
    assert (pictures.modality, texts.modality) == ("image", "text")
    for source, target in ((texts, pictures), (pictures, texts)):
        way = embedders.way(empty, source, target)
        assert way is not None
        assert 0.8 < way.skill < 1
        mapped = way.map(np.eye(2, source.dim, dtype=np.float32))
        assert mapped.shape == (2, target.dim)
        np.testing.assert_allclose(np.linalg.norm(mapped, axis=1), 1, rtol=1e-4)
    stranger = embedders.describe(ModelRef("r-16"))
    assert embedders.way(empty, stranger, pictures) is None


def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    embedders = installed(tmp_path)
    for use in (embedders.texts, embedders.pictures, embedders.describe):
        with pytest.raises(BadArgument, match="no model 'none'"):
            use(ModelRef("none"))
