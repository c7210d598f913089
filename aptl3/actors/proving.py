"""A model of the library, opened: how an extractor and the keeper get hold of one that has shown who it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.actors.messages import Identity
from aptl3.errors import ModelMismatch
from aptl3.records.model import ModelRef
from aptl3.storage.store import Store

if TYPE_CHECKING:
    from aptl3.models.model import PictureModel, TextModel


def open_model(ref: ModelRef, threads: int, cache: Path) -> PictureModel | TextModel:
    """A model of whichever modality, self-tested. Raises BadArgument, ModelUnavailable or ModelMismatch."""
    from aptl3.models.opening import open_picture_model, open_text_model
    from aptl3.models.registry import get

    opening = open_text_model if get(ref).modality == "text" else open_picture_model
    return opening(ref, threads=threads, cache=cache)


def identity(model: PictureModel | TextModel) -> Identity:
    return Identity(model.spec.name, model.fingerprint, model.engine, model.probe())


def open_known(root: Path, name: str, threads: int, cache: Path) -> PictureModel | TextModel:
    """The model of this name as the library at ``root`` knows it, proved against what it gave when it came.

    One that the library does not know yet is opened from where its package has it; nothing may be stored of it before
    it is registered. ModelMismatch: it is not the one that made the library's vectors.
    """
    with Store.open(root) as store:
        stored, probe = store.model(name), store.probe(name)
    model = open_model(ModelRef(name) if stored is None else stored.ref, threads, cache)
    if stored is None or probe is None:
        return model
    spec = model.spec
    try:
        if (model.fingerprint, spec.dim, spec.dtype) != (stored.fingerprint, stored.dim, stored.dtype):
            raise ModelMismatch(
                f"This {name} is not the one that made the library's vectors: put its weights back as they were, or "
                f"take it out with `aptl3 models remove {name}` and add it again."
            )
        model.prove(probe)
    except ModelMismatch:
        model.close()
        raise
    return model
