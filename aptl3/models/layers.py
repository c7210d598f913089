"""The layers of a transformer, written down for OpenVINO with their weights.

Building a graph takes a second, where importing transformers and tracing its code takes twenty and depends on its
insides. Vaswani et al., "Attention Is All You Need", 2017 (arXiv:1706.03762).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models.engines.runtime import runtime

if TYPE_CHECKING:
    import numpy as np
    import openvino


class Layers:
    """Operations on states (n, length, width); names are those of the weights, without ".weight" and ".bias"."""

    def __init__(self, weights: Mapping[str, np.ndarray], heads: int, eps: float) -> None:
        self._runtime = runtime()
        from openvino import opset13

        self.op: Any = opset13
        self._weights = weights
        self._heads = heads
        self._eps = eps

    def inputs(self) -> list[Any]:
        """Token numbers and mask, int64 (n, length)."""
        import numpy as np

        return [self.op.parameter([-1, -1], np.int64, name=name) for name in ("tokens", "mask")]

    def embedded(self, tokens: Any, words: str, positions: str) -> Any:
        """A row of ``words`` for each token, and one of ``positions`` for its place."""
        op, zero = self.op, self.axes(0)
        length = op.gather(op.shape_of(tokens), op.constant(1), zero)
        places = op.range(op.constant(0), op.convert(length, "i32"), op.constant(1), "i32")
        table = op.gather(self.constant(f"{words}.weight"), tokens, zero)
        return op.add(table, op.gather(self.constant(f"{positions}.weight"), places, zero))

    def attention(self, query: Any, key: Any, value: Any, barrier: Any = None) -> Any:
        """Several heads. ``barrier`` is added to the scores, (n, 1, 1, length); without it no token sees later ones."""
        op = self.op
        width = query.get_output_partial_shape(0)[2].get_length()
        heads = [self._split(state, width) for state in (query, key, value)]
        if barrier is None:
            seen = op.scaled_dot_product_attention(*heads, causal=True)
        else:
            seen = op.scaled_dot_product_attention(*heads, barrier)
        return op.reshape(op.transpose(seen, self.axes(0, 2, 1, 3)), self.axes(0, 0, width), True)

    def dense(self, state: Any, name: str) -> Any:
        product = self.op.matmul(state, self.constant(f"{name}.weight"), False, True)
        return self.op.add(product, self.constant(f"{name}.bias"))

    def norm(self, state: Any, name: str) -> Any:
        op = self.op
        scaled = op.mvn(state, self.axes(2), True, self._eps, "inside_sqrt")
        return op.add(op.multiply(scaled, self.constant(f"{name}.weight")), self.constant(f"{name}.bias"))

    def model(self, rows: Any, inputs: list[Any]) -> openvino.Model:
        """The graph from ``inputs`` to ``rows``, (n, dim), brought to length 1."""
        unit = self.op.normalize_l2(rows, self.axes(1), 1e-12, "max")
        made: openvino.Model = self._runtime.Model([unit], inputs, "texts")
        return made

    def constant(self, name: str) -> Any:
        return self.op.constant(self.values(name))

    def values(self, name: str) -> np.ndarray:
        try:
            return self._weights[name]
        except KeyError:
            raise ModelUnavailable(f"The weights do not fit their configuration: {name} is missing.") from None

    def number(self, value: float) -> Any:
        import numpy as np

        return self.op.constant(np.float32(value))

    def axes(self, *values: int) -> Any:
        import numpy as np

        return self.op.constant(np.array(values, np.int64))

    def _split(self, state: Any, width: int) -> Any:
        shape = self.axes(0, 0, self._heads, width // self._heads)
        return self.op.transpose(self.op.reshape(state, shape, True), self.axes(0, 2, 1, 3))
