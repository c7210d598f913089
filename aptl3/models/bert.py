"""Sentence encoders with BERT's architecture, built for OpenVINO straight from their weights.

Guarantees the vectors of sentence-transformers for a model of the modules transformer, mean pooling, normalization
(a test compares them). Building the graph by hand takes a second, where importing transformers and tracing its code
takes twenty and depends on its insides. Devlin et al., "BERT", 2018 (arXiv:1810.04805).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models.engines.runtime import runtime
from aptl3.models.source import package_folder, weights_file
from aptl3.records.model import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    import openvino


@dataclass(frozen=True)
class BertSentences:
    """A ``TextSource``: a folder as sentence-transformers saves it, inside an installed package."""

    spec: ModelSpec
    module: str
    distribution: str
    folder: str
    longest: int

    def files(self) -> list[Path]:
        return [self._file("model.safetensors"), self._file("config.json"), self.tokenizer()]

    def tokenizer(self) -> Path:
        return self._file("tokenizer.json")

    def graph(self) -> openvino.Model:
        runtime()
        package_folder("safetensors", "safetensors")
        from safetensors.numpy import load_file

        config = json.loads(self._file("config.json").read_text("utf-8"))
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            raise ModelUnavailable(
                f"{self.spec.name} is no BERT with GELU: it needs a file of its own in aptl3.models."
            )
        return _Encoder(load_file(self._file("model.safetensors")), config).graph()

    def _file(self, name: str) -> Path:
        return weights_file(package_folder(self.module, self.distribution) / self.folder / name, self.distribution)


class _Encoder:
    """Writes the graph down, layer by layer; names are those of the weights' file."""

    def __init__(self, weights: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> None:
        from openvino import opset13

        self._op: Any = opset13
        self._weights = weights
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._width = int(config["hidden_size"])
        self._eps = float(config["layer_norm_eps"])

    def graph(self) -> openvino.Model:
        import numpy as np
        import openvino

        op = self._op
        tokens, mask = (op.parameter([-1, -1], np.int64, name=name) for name in ("tokens", "mask"))
        present = op.convert(mask, "f32")  # 1 = token, 0 = padding
        barrier = op.unsqueeze(
            op.multiply(op.subtract(present, self._number(1.0)), self._number(1e9)), self._axes(1, 2)
        )
        state = self._embeddings(tokens)
        for layer in range(self._layers):
            state = self._layer(state, barrier, f"encoder.layer.{layer}")
        return openvino.Model([self._pooled(state, present)], [tokens, mask], "sentences")

    def _embeddings(self, tokens: Any) -> Any:
        op, zero = self._op, self._axes(0)
        length = op.gather(op.shape_of(tokens), op.constant(1), zero)
        places = op.range(op.constant(0), op.convert(length, "i32"), op.constant(1), "i32")
        words = op.gather(self._constant("embeddings.word_embeddings.weight"), tokens, zero)
        positions = op.gather(self._constant("embeddings.position_embeddings.weight"), places, zero)
        kind = op.constant(self._weights["embeddings.token_type_embeddings.weight"][0])
        return self._norm(op.add(op.add(words, positions), kind), "embeddings.LayerNorm")

    def _layer(self, state: Any, barrier: Any, name: str) -> Any:
        op = self._op
        query, key, value = (self._split(self._dense(state, f"{name}.attention.self.{p}")) for p in _PROJECTIONS)
        seen = op.scaled_dot_product_attention(query, key, value, barrier)
        joined = op.reshape(op.transpose(seen, self._axes(0, 2, 1, 3)), self._axes(0, 0, self._width), True)
        state = self._norm(
            op.add(state, self._dense(joined, f"{name}.attention.output.dense")), f"{name}.attention.output.LayerNorm"
        )
        inner = op.gelu(self._dense(state, f"{name}.intermediate.dense"), "erf")
        return self._norm(op.add(state, self._dense(inner, f"{name}.output.dense")), f"{name}.output.LayerNorm")

    def _pooled(self, state: Any, present: Any) -> Any:
        """Mean over the tokens, to unit length. Every text has at least its two marker tokens."""
        op = self._op
        total = op.reduce_sum(op.multiply(state, op.unsqueeze(present, self._axes(2))), self._axes(1), False)
        mean = op.divide(total, op.reduce_sum(present, self._axes(1), True))
        return op.normalize_l2(mean, self._axes(1), 1e-12, "max")

    def _split(self, state: Any) -> Any:
        shape = self._axes(0, 0, self._heads, self._width // self._heads)
        return self._op.transpose(self._op.reshape(state, shape, True), self._axes(0, 2, 1, 3))

    def _dense(self, state: Any, name: str) -> Any:
        product = self._op.matmul(state, self._constant(f"{name}.weight"), False, True)
        return self._op.add(product, self._constant(f"{name}.bias"))

    def _norm(self, state: Any, name: str) -> Any:
        op = self._op
        scaled = op.mvn(state, self._axes(2), True, self._eps, "inside_sqrt")
        return op.add(op.multiply(scaled, self._constant(f"{name}.weight")), self._constant(f"{name}.bias"))

    def _constant(self, name: str) -> Any:
        return self._op.constant(self._weights[name])

    def _number(self, value: float) -> Any:
        import numpy as np

        return self._op.constant(np.float32(value))

    def _axes(self, *values: int) -> Any:
        import numpy as np

        return self._op.constant(np.array(values, np.int64))


_PROJECTIONS = ("query", "key", "value")
