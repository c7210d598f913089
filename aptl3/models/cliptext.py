"""CLIP's transformer of texts, built for OpenVINO straight from its weights, and its way of cutting text into tokens.

Guarantees the vectors of transformers (a test compares them). Radford et al., "CLIP", 2021 (arXiv:2103.00020).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable

if TYPE_CHECKING:
    import numpy as np
    import openvino

    from aptl3.models.layers import Layers

_DEFAULTS = {
    "num_attention_heads": 8,
    "num_hidden_layers": 12,
    "layer_norm_eps": 1e-5,
    "hidden_act": "quick_gelu",
}  # what configurations leave out


def graph(weights: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> openvino.Model:
    """The graph of a ``TextSource``. ``config`` is CLIP's ``text_config``. Norms come before what they are for, no
    token sees later ones, and the state of the last token stands for the text."""
    from aptl3.models.layers import Layers

    told = {**_DEFAULTS, **config}
    layers = Layers(weights, int(told["num_attention_heads"]), float(told["layer_norm_eps"]))
    op = layers.op
    tokens, mask = layers.inputs()
    names = ("text_model.embeddings.token_embedding", "text_model.embeddings.position_embedding")
    state = layers.embedded(tokens, *names)
    for number in range(int(told["num_hidden_layers"])):
        state = _layer(layers, state, f"text_model.encoder.layers.{number}", told["hidden_act"])
    state = layers.norm(state, "text_model.final_layer_norm")
    last = op.subtract(op.reduce_sum(mask, layers.axes(1), True), layers.axes(1))  # (n, 1)
    ends = op.gather(state, last, layers.axes(1), 1)  # (n, 1, width)
    rows = op.matmul(op.squeeze(ends, layers.axes(1)), layers.constant("text_projection.weight"), False, True)
    return layers.model(rows, [tokens, mask])


def tokenizer(vocabulary: Path, merges: Path) -> str:
    """What stands in a ``tokenizer.json``, from the files ``vocab.json`` and ``merges.txt``: lower case; words, single
    digits, runs of other signs; byte pairs with the end of a word marked; between two markers."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    start, end = "<|startoftext|>", "<|endoftext|>"
    try:
        pairs = models.BPE.from_file(str(vocabulary), str(merges), end_of_word_suffix="</w>", unk_token=end)
        made = Tokenizer(pairs)
        marks = [(mark, int(pairs.token_to_id(mark) or 0)) for mark in (end, start)]
    except Exception as error:  # its library raises no class of its own
        raise ModelUnavailable(f"The vocabulary in {vocabulary.parent} cannot be read: {error}") from error
    made.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.post_processor = processors.BertProcessing(marks[0], marks[1])
    text: str = made.to_str()
    return text


def _layer(layers: Layers, state: Any, name: str, activation: str) -> Any:
    op = layers.op
    before = layers.norm(state, f"{name}.layer_norm1")
    query, key, value = (layers.dense(before, f"{name}.self_attn.{one}_proj") for one in ("q", "k", "v"))
    state = op.add(state, layers.dense(layers.attention(query, key, value), f"{name}.self_attn.out_proj"))
    inner = layers.dense(layers.norm(state, f"{name}.layer_norm2"), f"{name}.mlp.fc1")
    if activation == "quick_gelu":
        inner = op.multiply(inner, op.sigmoid(op.multiply(inner, layers.number(1.702))))
    else:
        inner = op.gelu(inner, "erf")
    return op.add(state, layers.dense(inner, f"{name}.mlp.fc2"))
