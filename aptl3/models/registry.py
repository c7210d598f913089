"""The models by name. Owns which there are, and loads the file of a model only when that model is asked for.

To add one: a file in this package that offers a ``Source``, and a line here; or, from another package, an entry point
of the group ``aptl3.models`` (``name = module:object``). A built-in name cannot be taken over.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models.source import Classifier, Prototypes, Source
from aptl3.records.model import ModelSpec

DEFAULT_IMAGE = "efficientnet-lite0"
DEFAULT_TEXT = "all-minilm-l6-v2"
GROUP = "aptl3.models"

_BUILT_IN = MappingProxyType(
    {
        "efficientnet-lite0": "aptl3.models.efficientnet:LITE0",
        "all-minilm-l6-v2": "aptl3.models.minilm:ALL_MINILM_L6_V2",
    }
)


def names(modality: str | None = None) -> tuple[str, ...]:
    """Names of all models, or of those of one modality ("image" or "text"), the built-in ones first.

    With a modality, models of other packages that cannot be loaded are left out; ``get`` says why.
    """
    known = tuple(_places())
    return known if modality is None else tuple(name for name in known if _modality(name) == modality)


def get(name: str) -> ModelSpec:
    """What the model is. BadArgument names the known ones; ModelUnavailable when its package cannot be loaded."""
    return source(name).spec


def prototypes(name: str) -> Prototypes:
    """Names and vectors of a picture model's classes. Imports torch. ModelUnavailable when it has none."""
    found = source(name)
    if not isinstance(found, Classifier):
        raise ModelUnavailable(f"The model {name} has no classes with names: give it captions to be aligned by.")
    return found.prototypes()


@cache
def source(name: str) -> Source:
    """The model's ``Source``; errors as ``get``."""
    place = _BUILT_IN.get(name) or _places().get(name)  # the entry points of all packages are read only when needed
    if place is None:
        raise BadArgument(f"There is no model {name!r}: use one of {', '.join(_places())}.")
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


def _modality(name: str) -> str | None:
    try:
        return get(name).modality
    except ModelUnavailable:
        return None
