"""What is made of media, for as long as the library has the same models.

A plan is made when a job begins and after each change of the models; between two plans nothing is under way, so that
no item is computed by half of one and half of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from aptl3.actors.layout import Layout, picture_layout, text_layout
from aptl3.errors import Aptl3Error
from aptl3.models.registry import DEFAULTS, get
from aptl3.records.media import Products, Wanted
from aptl3.records.model import ModelRef, ModelSpec
from aptl3.storage.store import Store


@dataclass(frozen=True)
class Plan:
    """``models`` are those that are embedded with, by name, ``refs`` the same with where they are to be had;
    ``registered`` those that the library knows already, so that each extractor proves itself against it. ``problem``
    says why a model of the library is left out."""

    refs: Mapping[ModelRef, ModelSpec]
    models: Mapping[str, ModelSpec]
    registered: frozenset[str]
    thumbnail: int  # pixels, the longest side
    layouts: Mapping[str, Layout]  # by modality
    problem: str | None

    @cached_property
    def wanted(self) -> Wanted:
        """A thumbnail and all vectors of pictures; the words and all vectors of texts."""
        return Wanted(*(Products(tuple(self.layouts[one].vectors), thumbnail=True) for one in ("image", "text")))


def plan(store: Store, thumbnail: int) -> Plan:
    """The plan for the library as it is. A model that cannot even be described (its package or its folder is away)
    is left out: the others go on, and what it lacks is made up for by a later job."""
    refs: dict[ModelRef, ModelSpec] = {}
    problem = None
    for ref in store.active(DEFAULTS):
        try:
            refs[ref] = get(ref)
        except Aptl3Error as error:
            problem = problem or str(error)
    pictures, texts = ([spec for spec in refs.values() if spec.modality == one] for one in ("image", "text"))
    return Plan(
        refs,
        {ref.name: spec for ref, spec in refs.items()},
        frozenset(model.name for model in store.models()),
        thumbnail,
        {"image": picture_layout(pictures, thumbnail), "text": text_layout(texts)},
        problem,
    )
