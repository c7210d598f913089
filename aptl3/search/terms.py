"""Terms of a query as unit vectors in a picture model's centred space.

Owns the models that queries need, opened by the first that needs them: words open no picture model, an example from the
library opens none. A picture model is used only when it is the one that made the library's vectors.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.errors import BadArgument, ModelMismatch
from aptl3.records.model import StoredModel
from aptl3.records.query import Term
from aptl3.search import example
from aptl3.search.embedders import Embedders, PictureEmbedder, Way
from aptl3.storage.index.centre import Centre
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]


class Resolved(NamedTuple):
    """``vector``: float32 (dim,), unit length. ``via`` names the way it came, ``media`` the item that was given."""

    vector: Floats
    via: str
    media: int | None


class Terms:
    """Resolves terms against one library."""

    def __init__(self, store: Store, embedders: Embedders) -> None:
        self._store = store
        self._embedders = embedders
        self._ways: dict[str, Way] = {}
        self._models: dict[str, PictureEmbedder] = {}

    def close(self) -> None:
        """Lets go of the models."""
        for way in self._ways.values():
            way.close()
        for model in self._models.values():
            model.close()
        self._ways.clear()
        self._models.clear()

    def resolve(self, term: Term, target: StoredModel, centre: Centre) -> Resolved:
        """One term in the space of ``target``. Raises BadArgument, ModelUnavailable, ModelMismatch."""
        if term.example is None:
            way = self._way(target)
            return Resolved(way.embed([_text(term)])[0], way.name, None)
        vector, media = self._example(term.example, target)
        return Resolved(centre.directions(vector[None])[0], target.name, media)

    def _way(self, target: StoredModel) -> Way:
        if target.name not in self._ways:
            self._ways[target.name] = self._embedders.words(target)
        return self._ways[target.name]

    def _example(self, given: str | int, target: StoredModel) -> tuple[Floats, int | None]:
        """The vector of an example, from the library where it is, else from its pixels."""
        if isinstance(given, int):
            vector = self._stored(given, target)
            if vector is None:
                raise BadArgument(f"The library has no picture with the media id {given}.")
            return vector, given
        path = example.path_of(given)
        media = None if path is None else example.known(self._store, path)
        vector = None if media is None else self._stored(media, target)
        if vector is not None:
            return vector, media
        model = self._model(target)
        if model.spec.input is None:
            raise ModelMismatch(f"{target.name} takes no pictures; search by words instead")
        picture = example.pixels(given, model.spec.input)
        embedded: Floats = model.embed(picture[None])[0]
        return embedded, None

    def _stored(self, media: int, target: StoredModel) -> Floats | None:
        try:
            vector: Floats = self._store.vectors_of(target.name, [media])[0]
        except KeyError:
            return None
        return vector

    def _model(self, target: StoredModel) -> PictureEmbedder:
        if target.name not in self._models:
            model = self._embedders.pictures(target)
            if model.fingerprint != target.fingerprint:
                raise ModelMismatch(f"this {target.name} is not the one that made the library's vectors; install that")
            probe = self._store.probe(target.name)
            if probe is not None:
                model.prove(probe)
            self._models[target.name] = model
        return self._models[target.name]


def _text(term: Term) -> str:
    text = (term.text or "").strip()
    if not text:
        raise BadArgument("A part of the query is empty: give words, a path, a URL or a media id.")
    return text
