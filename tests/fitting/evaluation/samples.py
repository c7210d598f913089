"""Libraries of made-up pictures and captions, whose vectors are noisy views of one meaning each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xxhash

from aptl3.records.media import DATA, Entry, FileState, PictureInfo, Products, Result, Wanted, join
from aptl3.records.model import ModelSpec
from aptl3.records.relation import Caption
from aptl3.storage.writer import Writer

FOLDER = "/photographs"
PICTURES = ModelSpec("pictures", "1", "image", 12, "pictures", None, "MIT", "made here", dtype="float32")
OTHERS = ModelSpec("others", "1", "image", 9, "others", None, "MIT", "made here", dtype="float32")
TEXTS = ModelSpec("texts", "1", "text", 8, "texts", None, "MIT", "made here", dtype="float32")
MEANING = 8  # dimensions

Vectors = Mapping[str, Mapping[str, np.ndarray]]  # place → model → vector


def build(writer: Writer, specs: Sequence[ModelSpec], vectors: Vectors, captions: Sequence[Caption] = ()) -> None:
    """Puts pictures with their vectors into a new library, relates ``captions`` as "captions", and embeds these."""
    names = [spec.name for spec in specs]
    with writer.checkpoint() as checkpoint:
        for spec in specs:
            checkpoint.add_model(spec, f"fingerprint of {spec.name}", np.ones(spec.dim, np.float32).tobytes())
        job = checkpoint.create_job([FOLDER], {})
        entries = [Entry(place, FileState(1, 1)) for place in sorted(vectors) if not place.startswith(DATA)]
        checkpoint.record_listing(job, FOLDER, entries, [], 0, [], [], None)
    with writer.checkpoint() as checkpoint:
        for item in writer.pending_items(job, limit=1_000_000):
            hash = xxhash.xxh3_128_digest(item.entry.name.encode())
            rows = {model: row.astype("<f4").tobytes() for model, row in vectors[item.entry.name].items()}
            checkpoint.commit_result(Result(job, item.id, FOLDER, item.entry, hash, PictureInfo("JPEG", 30, 20), rows))
    if not captions:
        return
    with writer.checkpoint() as checkpoint:
        checkpoint.relate("captions", "made here", captions)
        job = checkpoint.create_job([DATA], {"fill": True})
        checkpoint.fill_job(job, Wanted(Products(), Products(tuple(names))))
    by_hash = {}
    for caption in captions:
        by_hash[xxhash.xxh3_128_digest(caption.text.encode())] = caption.text
    with writer.checkpoint() as checkpoint:
        for item in writer.pending_items(job, limit=1_000_000):
            media = writer.media_at(join(item.folder, item.entry.name))
            assert media is not None
            [hash] = writer.hashes([media])
            rows = {model: row.astype("<f4").tobytes() for model, row in vectors[DATA + by_hash[hash]].items()}
            info = PictureInfo("TEXT", 0, 0)
            checkpoint.commit_result(
                Result(job, item.id, item.folder, item.entry, hash, info, rows, words=by_hash[hash])
            )


def make(
    writer: Writer,
    pictures: int = 120,
    captions: int = 2,
    noise: float = 0.3,
    models: Sequence[ModelSpec] = (PICTURES, TEXTS),
) -> None:
    """A library of ``pictures`` with ``captions`` each. A model sees the meaning turned into its own space, with
    ``noise``: more of it makes worse answers."""
    chance = np.random.default_rng(7)
    turns = {spec.name: np.linalg.qr(chance.normal(size=(max(spec.dim, MEANING),) * 2))[0] for spec in models}
    vectors: dict[str, dict[str, np.ndarray]] = {}
    related = []
    for number in range(pictures):
        meaning = unit(chance.normal(size=MEANING))
        places = [f"{number:05}.jpg", *(f"{DATA}picture {number}, said in way {way}" for way in range(captions))]
        for place in places:
            kind = "text" if place.startswith(DATA) else "image"
            vectors[place] = {}
            for spec in models:
                if spec.modality == kind:
                    seen = unit(meaning + noise / np.sqrt(MEANING) * chance.normal(size=MEANING))
                    vectors[place][spec.name] = unit(seen @ turns[spec.name][:MEANING, : spec.dim])
        related += [Caption(f"{FOLDER}/{places[0]}", place.removeprefix(DATA)) for place in places[1:]]
    build(writer, models, vectors, related)


def unit(vector: np.ndarray) -> np.ndarray:
    found: np.ndarray = vector / np.linalg.norm(vector)
    return found
