"""Convolution weights in bfloat16 without drifting: rounded, with the mean error taken out again by the biases.

Rounding a weight shifts its channel by Δw·x, alike in every pixel and picture, and that moves the vectors more than
the rounding of all activations does. The mean shift Δw·E[x] is known once the mean input of each channel is, and is
subtracted from the bias. (Nagel et al., "Data-Free Quantization", 2019, arXiv:1906.04721, section 4.2.)
EfficientNet-Lite0 on 80 photographs, cosine to float32: 0.9990 on average and 0.987 at worst without, 0.9996 and
0.999 with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import openvino


class _Convolution(NamedTuple):
    """A convolution with constant weights whose output goes to one addition of a constant."""

    node: Any
    weights: Any  # constant (out, in, h, w), or (groups, out, in, h, w)
    bias: Any  # the input of the addition that holds the constant


def round_weights(model: openvino.Model, pictures: np.ndarray) -> None:
    """Changes ``model`` in place. ``pictures``, uint8 (n, height, width, 3), only need natural statistics: their mean
    activations serve. Convolutions in other surroundings are left for the engine to round."""
    import numpy as np
    from openvino import opset13 as op

    layers = [layer for node in model.get_ordered_ops() if (layer := _convolution(node)) is not None]
    if not layers:
        return
    for layer, mean in zip(layers, _mean_inputs(model, layers, pictures), strict=True):
        exact = np.array(layer.weights.get_data(), np.float32)
        rounded = to_bfloat16(exact)
        error = (rounded.astype(np.float64) - exact).sum(axis=(-2, -1))
        grouped = error.ndim == 3  # (groups, out, in) @ (groups, in) → (groups, out); else (out, in) @ (in) → (out)
        shift = np.einsum("goi,gi->go", error, mean.reshape(len(error), -1)) if grouped else error @ mean
        bias = layer.bias.get_source_output().get_node().get_data()
        corrected = (bias - shift.reshape(1, -1, 1, 1)).astype(np.float32)
        layer.node.input(1).replace_source_output(op.constant(rounded).output(0))
        layer.bias.replace_source_output(op.constant(corrected).output(0))
    model.validate_nodes_and_infer_types()


def to_bfloat16(values: np.ndarray) -> np.ndarray:
    """The nearest bfloat16 values as float32, ties to even, as processors round."""
    import numpy as np

    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    answer: np.ndarray = rounded.view(np.float32)
    return answer


def _convolution(node: Any) -> _Convolution | None:
    if node.get_type_name() not in ("Convolution", "GroupConvolution"):
        return None
    weights = node.input_value(1).get_node()
    users = list(node.output(0).get_target_inputs())
    if weights.get_type_name() != "Constant" or len(users) != 1 or users[0].get_node().get_type_name() != "Add":
        return None
    bias = users[0].get_node().input(1 - users[0].get_index())
    return (
        _Convolution(node, weights, bias) if bias.get_source_output().get_node().get_type_name() == "Constant" else None
    )


def _mean_inputs(model: openvino.Model, layers: list[_Convolution], pictures: np.ndarray) -> list[np.ndarray]:
    """E[x] of each channel that goes into each layer, in float32: a copy of the network is made to give them out."""
    import numpy as np
    from openvino import opset13 as op

    from aptl3.models.engines.runtime import core, runtime

    ov = runtime()
    copy = model.clone()
    nodes = {node.get_friendly_name(): node for node in copy.get_ordered_ops()}
    axes = np.array([0, 2, 3], np.int64)
    means = [op.reduce_mean(nodes[layer.node.get_friendly_name()].input_value(0), axes, False) for layer in layers]
    probe = ov.Model([mean.output(0) for mean in means], copy.get_parameters(), "means")
    compiled = core().compile_model(probe, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    sums = [np.zeros(1)] * len(layers)
    for picture in pictures:
        answer = compiled([picture[None]])
        sums = [total + answer[place] for place, total in enumerate(sums)]
    return [total / len(pictures) for total in sums]
