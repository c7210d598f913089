"""Folders as sentence-transformers saves them, of small transformers with random weights."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch


def spread(network: Any) -> Any:
    """The network, its random weights large enough that different inputs come out differently."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, values in network.named_parameters():
            if values.ndim > 1 and "norm" not in name.lower():
                values.normal_(0, 0.3)
    return network


def bert(folder: Path, **options: Any) -> Path:
    """BERT with mean pooling: the kind that a graph is written down for."""
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    return _sentences(folder, BertModel, BertConfig(vocab_size=_WORDS, max_position_embeddings=64, **sizes, **options))


def distilbert(folder: Path) -> Path:
    """As the multilingual text tower of CLIP is built: DistilBERT, mean pooling, a projection."""
    from sentence_transformers.sentence_transformer.modules import Dense
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(
        vocab_size=_WORDS, max_position_embeddings=64, dim=32, n_layers=2, n_heads=2, hidden_dim=48
    )
    dense = Dense(32, 16, bias=False, activation_function=torch.nn.Identity())
    return _sentences(folder, DistilBertModel, config, dense)


def clip(folder: Path) -> Path:
    """CLIP: pictures of 64 × 64, texts of up to 20 tokens, 24 dimensions."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Transformer
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    merges = [("c", "a"), ("ca", "t</w>"), ("p", "h")]
    words = [*letters, *(f"{one}</w>" for one in letters), *map("".join, merges), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: n for n, word in enumerate(words)}, merges=merges, model_max_length=20)
    start, end = len(words) - 2, len(words) - 1
    size = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    marks = {"bos_token_id": start, "eos_token_id": end, "pad_token_id": end}
    texts = {**size, **marks, "vocab_size": len(words), "max_position_embeddings": 20, "projection_dim": 24}
    pictures = {**size, "image_size": 64, "patch_size": 16, "projection_dim": 24}
    model = spread(CLIPModel(CLIPConfig(text_config=texts, vision_config=pictures, projection_dim=24)))
    parts = folder.with_name(f"{folder.name}-parts")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save_pretrained(parts)
        pixels = CLIPImageProcessor(size={"shortest_edge": 72}, crop_size={"height": 64, "width": 64})
        CLIPProcessor(image_processor=pixels, tokenizer=tokenizer).save_pretrained(parts)
        SentenceTransformer(modules=[Transformer(str(parts))], device="cpu").save(str(folder))
    return folder


_LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]
_VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_LETTERS, *(f"##{one}" for one in _LETTERS), "cat", "dog"]
_WORDS = len(_VOCABULARY)


def _sentences(folder: Path, kind: Any, config: Any, *more: Any) -> Path:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertTokenizerFast

    parts = folder.with_name(f"{folder.name}-parts")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spread(kind(config)).save_pretrained(parts)
        (parts / "vocab.txt").write_text("\n".join(_VOCABULARY))
        BertTokenizerFast(vocab=str(parts / "vocab.txt")).save_pretrained(parts)
        pieces = [Transformer(str(parts), max_seq_length=40), Pooling(32), *more]
        SentenceTransformer(modules=pieces, device="cpu").save(str(folder))
    return folder
