"""One term of a query, and its vector in any model's space.

Words, and texts given as examples, are embedded by text models, pictures by picture models; what the library has a
vector of is not embedded again. Guarantees: a file or address is read once a query, and what cannot be had for one
model is asked for once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aptl3.errors import Aptl3Error, BadArgument, ModelMismatch, ModelUnavailable
from aptl3.records.media import modality_of, split
from aptl3.records.model import StoredModel
from aptl3.records.query import Term
from aptl3.search import example
from aptl3.search.direction import combine
from aptl3.search.sources import Route, Sources
from aptl3.storage.index.centre import Centre
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]

CANNOT = (BadArgument, ModelUnavailable, ModelMismatch)  # what keeps one way from being gone, not the others
_MEANT = {"text": "words", "image": "pictures"}


class Resolved(NamedTuple):
    """A term in a target's centred space: ``vector``, float32 (dim,), of unit length (or zeros: a library's only item
    asked for by itself), and the routes that it came."""

    vector: Floats
    routes: Sequence[Route]


class Asked:
    """``media``: the item of the library that was given as an example, if one was; ``modality`` of what was given."""

    def __init__(self, term: Term, store: Store, sources: Sources) -> None:
        """Raises BadArgument for an empty text and for an id that the library does not have."""
        self.weight = term.weight
        self._text = (term.text or "").strip()
        self._given = term.example
        self._store = store
        self._sources = sources
        self._vectors: dict[str, Floats | Aptl3Error] = {}
        if term.example is None and not self._text:
            raise BadArgument("A part of the query is empty: give words, a path, a URL or a media id.")
        self.media = self._known()
        self.modality = self._modality()

    def toward(self, target: StoredModel, centre: Centre) -> Resolved:
        """The term in the space of ``target``, whose rows are centred by ``centre``: the mean of what all routes of the
        first group say that can be gone. Raises BadArgument, ModelUnavailable, ModelMismatch."""
        problem: Aptl3Error | None = None
        for group in self._sources.routes(self.modality, target):
            vectors, routes = [], []
            for route in group:
                try:
                    vector = self.vector(route.source)[None]
                except CANNOT as error:
                    problem = problem or error
                    continue
                vectors.append((centre.directions(vector) if route.map is None else route.map(vector))[0])
                routes.append(route)
            if routes:
                return Resolved(combine(vectors, [1.0] * len(vectors)), routes)
        raise problem or ModelUnavailable(
            f"nothing leads from {_MEANT[self.modality]} to {target.name}: give the library captions and align them"
            " (`aptl3 align`), or search by another kind of example"
        )

    def vector(self, source: StoredModel) -> Floats:
        """float32 (dim,) in the space of ``source``. Raises BadArgument, ModelUnavailable, ModelMismatch."""
        if source.name not in self._vectors:
            try:
                self._vectors[source.name] = self._embedded(source)
            except CANNOT as error:
                self._vectors[source.name] = error
        found = self._vectors[source.name]
        if isinstance(found, Aptl3Error):
            raise found
        return found

    def _embedded(self, source: StoredModel) -> Floats:
        if self.media is not None:
            stored: Floats = self._store.known_vectors(source.name, [self.media])[1]
            if len(stored):
                return np.asarray(stored[0])
        if self.modality == "text":
            words: Floats = self._sources.texts(source).embed([self._words()])[0]
            return words
        model = self._sources.pictures(source)
        if model.spec.input is None:
            raise ModelMismatch(f"{source.name} takes no pictures; search by words instead")
        picture: Floats = model.embed(example.pixels(self._contents(), self._place, model.spec.input)[None])[0]
        return picture

    def _words(self) -> str:
        if self._text:
            return self._text
        kept = None if self.media is None else self._store.words(self.media)
        return example.words(self._contents(), self._place) if kept is None else kept

    @property
    def is_example(self) -> bool:
        return self._given is not None

    @cached_property
    def _place(self) -> str:
        """Where to read what was given."""
        if isinstance(self._given, str):
            return self._given
        places = self._store.locations(self.media or 0)
        there = next((place.path for place in places if place.path and os.path.lexists(place.path)), None)
        if there is None:
            raise ModelUnavailable(f"media {self.media} lacks vectors and its file is away: connect its drive")
        return there

    def _contents(self) -> bytes | bytearray:
        if isinstance(self._read, BadArgument):
            raise self._read
        return self._read

    @cached_property
    def _read(self) -> bytes | bytearray | BadArgument:
        try:
            return example.contents(self._place)
        except BadArgument as error:
            return error

    def _known(self) -> int | None:
        if isinstance(self._given, int):
            if self._store.media_info(self._given) is None:
                raise BadArgument(f"The library has nothing with the media id {self._given}.")
            return self._given
        path = None if self._given is None else example.path_of(self._given)
        return None if path is None else example.known(self._store, path)

    def _modality(self) -> str:
        if self._given is None:
            return "text"
        if self.media is not None:
            return self._store.modality_of([self.media])[self.media]
        return modality_of(*split(str(self._given)))
