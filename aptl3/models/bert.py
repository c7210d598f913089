"""Sentence encoders with BERT's architecture, built for OpenVINO straight from their weights.

Guarantees the vectors of sentence-transformers for a model of the modules transformer, mean pooling, normalization
(a test compares them). Devlin et al., "BERT", 2018 (arXiv:1810.04805).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models.folder import Folder, Local
from aptl3.records.model import ModelSpec

if TYPE_CHECKING:
    import openvino

    from aptl3.models.layers import Layers

WEIGHTS, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"


@dataclass(frozen=True)
class BertSentences:
    """A ``TextSource``: a folder as sentence-transformers saves it. ``Movable``."""

    spec: ModelSpec
    folder: Folder
    longest: int

    def at(self, weights: str) -> BertSentences:
        return replace(self, folder=Local(Path(weights), self.spec.name))

    def files(self) -> list[Path]:
        return [self.folder.file(name) for name in (WEIGHTS, CONFIG, TOKENIZER)]

    def tokenizer(self) -> str:
        return self.folder.file(TOKENIZER).read_text("utf-8")

    def graph(self) -> openvino.Model:
        from aptl3.models.layers import Layers
        from aptl3.models.weights import arrays

        config = json.loads(self.folder.file(CONFIG).read_text("utf-8"))
        if not supported(config):
            raise ModelUnavailable(
                f"{self.spec.name} is no BERT with GELU: it needs a file of its own in aptl3.models."
            )
        weights = arrays(self.folder.file(WEIGHTS))
        layers = Layers(weights, int(config["num_attention_heads"]), float(config["layer_norm_eps"]))
        return _graph(layers, int(config["num_hidden_layers"]))


def supported(config: Mapping[str, Any]) -> bool:
    """Whether ``config``, a transformer's, is of the architecture that is written down here."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
    )


def _graph(layers: Layers, count: int) -> openvino.Model:
    op = layers.op
    tokens, mask = layers.inputs()
    present = op.convert(mask, "f32")  # 1 = token, 0 = padding
    barrier = op.multiply(op.subtract(present, layers.number(1.0)), layers.number(1e9))
    barrier = op.unsqueeze(barrier, layers.axes(1, 2))
    state = layers.embedded(tokens, "embeddings.word_embeddings", "embeddings.position_embeddings")
    kind = op.constant(layers.values("embeddings.token_type_embeddings.weight")[0])
    state = layers.norm(op.add(state, kind), "embeddings.LayerNorm")
    for number in range(count):
        state = _layer(layers, state, barrier, f"encoder.layer.{number}")
    return layers.model(_pooled(layers, state, present), [tokens, mask])


def _layer(layers: Layers, state: Any, barrier: Any, name: str) -> Any:
    op = layers.op
    query, key, value = (layers.dense(state, f"{name}.attention.self.{one}") for one in ("query", "key", "value"))
    joined = layers.dense(layers.attention(query, key, value, barrier), f"{name}.attention.output.dense")
    state = layers.norm(op.add(state, joined), f"{name}.attention.output.LayerNorm")
    inner = op.gelu(layers.dense(state, f"{name}.intermediate.dense"), "erf")
    return layers.norm(op.add(state, layers.dense(inner, f"{name}.output.dense")), f"{name}.output.LayerNorm")


def _pooled(layers: Layers, state: Any, present: Any) -> Any:
    """Mean over the tokens. Every text has at least its two marker tokens."""
    op = layers.op
    total = op.reduce_sum(op.multiply(state, op.unsqueeze(present, layers.axes(2))), layers.axes(1), False)
    return op.divide(total, op.reduce_sum(present, layers.axes(1), True))
