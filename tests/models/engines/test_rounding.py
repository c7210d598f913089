from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aptl3.models import synthetic
from aptl3.models.engines.rounding import round_weights, to_bfloat16
from aptl3.models.engines.runtime import core, runtime


@given(st.floats(-(2.0**100), 2.0**100, width=32))
def test_rounding_takes_the_nearest(value: float) -> None:
    exact = np.float32(value)
    rounded = to_bfloat16(np.array([exact]))
    bits = rounded.view(np.uint32)
    assert bits[0] & 0xFFFF == 0
    neighbours = [(bits + np.uint32(step)).view(np.float32)[0] for step in (0x10000, 0xFFFF0000)]
    with np.errstate(over="ignore", invalid="ignore"):
        error = abs(np.float64(rounded[0]) - exact)
        assert all(not np.isfinite(other) or error <= abs(np.float64(other) - exact) for other in neighbours)


def network(rng: np.random.Generator) -> Any:
    """uint8 (n, 32, 32, 3) → mean features (n, 8), by a convolution and a depthwise one, each with its bias."""
    from openvino import opset13 as op

    ov = runtime()
    pictures = op.parameter(ov.PartialShape([-1, 32, 32, 3]), np.uint8)
    state = op.convert(op.transpose(pictures, op.constant(np.array([0, 3, 1, 2]))), "f32")
    shapes = ((8, 3, 3, 3), (8, 1, 1, 3, 3))
    for shape in shapes:
        weights = op.constant(rng.normal(size=shape).astype(np.float32))
        convolve = op.convolution if len(shape) == 4 else op.group_convolution
        state = convolve(state, weights, [1, 1], [0, 0], [0, 0], [1, 1])
        state = op.add(state, op.constant(rng.normal(size=(1, 8, 1, 1)).astype(np.float32)))
    return ov.Model([op.reduce_mean(state, op.constant(np.array([2, 3])), False)], [pictures], "small")


def run(model: Any, pictures: np.ndarray) -> np.ndarray:
    compiled = core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answer: np.ndarray = compiled([pictures])[0]
    return answer


def test_rounded_weights_keep_each_channels_mean() -> None:
    exact = network(np.random.default_rng(0))
    rounded, plain = exact.clone(), exact.clone()
    seen, unseen = synthetic.structured(8, 32, seed=1), synthetic.structured(8, 32, seed=2)
    round_weights(rounded, seen)
    replace_by_nearest(plain)
    drift, plain_drift = (
        np.abs((run(model, seen) - run(exact, seen)).mean(axis=0)).mean() for model in (rounded, plain)
    )
    assert drift < plain_drift / 5
    error, plain_error = (np.abs(run(model, unseen) - run(exact, unseen)).mean() for model in (rounded, plain))
    assert error < plain_error / 2


def replace_by_nearest(model: Any) -> None:
    """Rounds the weights and nothing else, as an engine would."""
    from openvino import opset13 as op

    for node in model.get_ordered_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            values = to_bfloat16(np.array(node.input_value(1).get_node().get_data()))
            node.input(1).replace_source_output(op.constant(values).output(0))


def test_the_weights_are_those_that_the_engine_would_use() -> None:
    model = network(np.random.default_rng(1))
    round_weights(model, synthetic.structured(2, 32, seed=1))
    for node in model.get_ordered_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            values = np.array(node.input_value(1).get_node().get_data())
            assert (to_bfloat16(values) == values).all()
