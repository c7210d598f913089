"""The models by name. Owns which there are, and loads the file of a model only when that model is asked for.

A name is that of a model built in or of another package's entry point (group ``aptl3.models``, ``name =
module:object``), or it belongs to a family, which makes a model of any name of its own (``r-64``,
``torchvision/resnet50``). To add a model: a file in this package that offers a ``Source``, and a line here. To add a
family: a file in ``families``, and a line here. A built-in name cannot be taken over.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import MappingProxyType
from typing import cast

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models.source import Classifier, Family, Movable, Offer, Prototypes, Source
from aptl3.records.model import ModelRef, ModelSpec

DEFAULT_IMAGE = "efficientnet-lite0"
DEFAULT_TEXT = "all-minilm-l6-v2"
DEFAULTS = (DEFAULT_IMAGE, DEFAULT_TEXT)  # what a library embeds with unless the user takes it out
GROUP = "aptl3.models"

_BUILT_IN = MappingProxyType(
    {
        "efficientnet-lite0": "aptl3.models.efficientnet:LITE0",
        "all-minilm-l6-v2": "aptl3.models.minilm:ALL_MINILM_L6_V2",
    }
)
_FAMILIES = ("hashed", "torchvision", "sentences", "clip", "ofa", "int8")


def names(modality: str | None = None) -> tuple[str, ...]:
    """Names of all models that stand alone, or of those of one modality ("image" or "text"), the built-in ones first;
    ``families`` has the rest.

    With a modality, models of other packages that cannot be loaded are left out; ``get`` says why.
    """
    known = tuple(_places())
    return known if modality is None else tuple(name for name in known if _modality(name) == modality)


def families() -> list[Offer]:
    """All that can be added to a library: every model by itself, then what each family offers. Imports what the
    families need to tell (seconds)."""
    alone = []
    for name in _places():
        try:
            alone.append(Offer.of(get(name)))
        except ModelUnavailable as error:
            alone.append(Offer(name, "", None, "", str(error)))
    return alone + [offer for family in _families() for offer in family.offers()]


def resolve(name: str) -> list[str]:
    """The models that a user means by ``name``: itself, ``torchvision/resnet50`` for a bare ``resnet50`` that only one
    family knows, both towers for a model of pictures and texts.

    Raises:
        BadArgument: there is none, or more than one family knows it; lists what is near.
    """
    if name in _places():
        return [name]
    found = [meant for family in _families() if (meant := family.resolve(name))]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadArgument(f"{name!r} can be {' or '.join(' + '.join(meant) for meant in found)}: say which.")
    known = [*names(), *(offer.name for family in _families() for offer in family.offers())]
    raise BadArgument(f"There is no model {name!r}: {_advice(name, known)}")


def get(ref: ModelRef | str) -> ModelSpec:
    """What the model is. BadArgument names near ones; ModelUnavailable when its package or weights cannot be loaded."""
    return source(ref).spec


def prototypes(ref: ModelRef | str) -> Prototypes:
    """Names and vectors of a picture model's classes. Imports torch. ModelUnavailable when it has none."""
    found = source(ref)
    if not isinstance(found, Classifier):
        raise ModelUnavailable(
            f"The model {found.spec.name} has no classes with names: give it captions to be aligned by."
        )
    return found.prototypes()


def source(ref: ModelRef | str) -> Source:
    """The model's ``Source``, of exactly this name; errors as ``get``."""
    name, weights = as_ref(ref)
    if name not in _BUILT_IN:
        for family in _families():
            made = family.source(name, weights)
            if made is not None:
                return made
    place = _places().get(name) if name not in _BUILT_IN else _BUILT_IN[name]  # other packages are asked last
    if place is None:
        raise BadArgument(f"There is no model {name!r}: {_advice(name, names())}")
    found = _load(name, place)
    if weights is None:
        return found
    if not isinstance(found, Movable):
        raise BadArgument(f"The model {name} takes no weights of your own: leave --weights out.")
    return found.at(weights)


def as_ref(ref: ModelRef | str) -> ModelRef:
    return ModelRef(ref) if isinstance(ref, str) else ref


def _load(name: str, place: str) -> Source:
    module, _, attribute = place.partition(":")
    try:
        found: Source = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelUnavailable(f"The model {name} cannot be loaded from {place}: {error}") from error
    return found


def _places() -> dict[str, str]:
    """Name → "module:object". Entry points are looked up each time: only listings and unknown names come here."""
    from importlib.metadata import entry_points

    others = {point.name: point.value for point in entry_points(group=GROUP)}
    return {**_BUILT_IN, **{name: place for name, place in others.items() if name not in _BUILT_IN}}


def _families() -> Iterator[Family]:
    for name in _FAMILIES:
        yield cast(Family, import_module(f"aptl3.models.families.{name}"))


def _advice(name: str, known: Iterable[str]) -> str:
    """What of ``known`` to use instead of a name that is none."""
    bare = {one.rpartition("/")[2]: one for one in known}
    near = difflib.get_close_matches(name.rpartition("/")[2], bare, n=4)
    return f"use {', '.join(bare[one] for one in near) or ', '.join(names())}, or see aptl3 models --available."


def _modality(name: str) -> str | None:
    try:
        return get(name).modality
    except ModelUnavailable:
        return None
