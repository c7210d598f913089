from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import SimpleNamespace

import pytest

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import registry
from aptl3.models.opening import fingerprint
from aptl3.records.model import ModelRef

FIXED = SimpleNamespace(spec=replace(registry.get(registry.DEFAULT_IMAGE), name="fixed"))


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package's entry points: a good one, one that tries to take over a name, one that is broken."""
    points = EntryPoints(
        [
            EntryPoint("twin", "aptl3.models.efficientnet:LITE0", registry.GROUP),
            EntryPoint(registry.DEFAULT_TEXT, "nowhere:NOTHING", registry.GROUP),
            EntryPoint("fixed", f"{__name__}:FIXED", registry.GROUP),
            EntryPoint("broken", "nowhere:NOTHING", registry.GROUP),
        ]
    )
    monkeypatch.setattr("importlib.metadata.entry_points", lambda *, group: points.select(group=group))


def test_the_defaults_are_known() -> None:
    assert registry.get(registry.DEFAULT_IMAGE).modality == "image"
    assert registry.get(registry.DEFAULT_TEXT).modality == "text"
    assert registry.DEFAULT_IMAGE in registry.names("image") and registry.DEFAULT_IMAGE not in registry.names("text")


@pytest.mark.parametrize("name", registry.names())
def test_a_model_is_named_as_it_is_listed(name: str) -> None:
    spec = registry.get(name)
    assert spec.name == name and spec.dim > 0 and spec.modality in ("image", "text")
    assert (spec.input is None) == (spec.modality == "text")


def test_an_unknown_name_names_near_ones_or_else_all() -> None:
    with pytest.raises(BadArgument, match=r"^There is no model 'eficientnet-lite': use efficientnet-lite0, or see"):
        registry.get("eficientnet-lite")
    with pytest.raises(BadArgument, match=f"use {registry.DEFAULT_IMAGE}, {registry.DEFAULT_TEXT}, or see"):
        registry.get("no model of ours")


def test_a_name_that_models_already_have_is_meant_as_it_is() -> None:
    assert registry.resolve(registry.DEFAULT_IMAGE) == [registry.DEFAULT_IMAGE]
    assert registry.resolve("r-64") == ["r-64"]


def test_a_name_that_two_families_know_must_be_said_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aptl3.models.families.hashed.resolve", lambda name: [f"r/{name}"])
    with pytest.raises(BadArgument, match=r"^'resnet50' can be r/resnet50 or torchvision/resnet50: say which\.$"):
        registry.resolve("resnet50")


def test_all_that_can_be_added_is_offered() -> None:
    offers = {offer.name: offer for offer in registry.families()}
    assert offers[registry.DEFAULT_IMAGE].dim == 1280 and offers["torchvision/resnet50"].modality == "image"
    assert len(offers) > 80 and all(offer.licence and offer.source for offer in offers.values())


@pytest.mark.parametrize("name", [registry.DEFAULT_IMAGE, registry.DEFAULT_TEXT])
def test_the_defaults_take_weights_of_one_s_own(name: str, tmp_path: Path) -> None:
    (first, *_) = registry.source(name).files()
    if registry.get(name).modality == "text":
        (here, *_) = registry.source(ModelRef(name, str(first.parent))).files()
    else:
        (here,) = registry.source(ModelRef(name, str(first))).files()
    assert here == first
    with pytest.raises(ModelUnavailable):
        fingerprint(ModelRef(name, str(tmp_path / "none")), tmp_path)


@pytest.mark.usefixtures("others")
def test_weights_of_one_s_own_are_for_models_that_take_them() -> None:
    assert registry.source("fixed") is FIXED
    with pytest.raises(BadArgument, match="takes no weights of your own"):
        registry.get(ModelRef("fixed", "weights.pth"))


@pytest.mark.usefixtures("others")
def test_another_package_adds_a_model_and_takes_over_none() -> None:
    assert registry.get("twin").dim == 1280
    assert registry.get(registry.DEFAULT_TEXT).dim == 384
    assert registry.names()[:2] == (registry.DEFAULT_IMAGE, registry.DEFAULT_TEXT)


@pytest.mark.usefixtures("others")
def test_a_broken_package_is_named_only_when_its_model_is_asked_for() -> None:
    assert "broken" in registry.names() and "broken" not in registry.names("image")
    with pytest.raises(ModelUnavailable, match="nowhere"):
        registry.get("broken")


def test_a_text_model_has_no_classes() -> None:
    with pytest.raises(ModelUnavailable, match="no classes"):
        registry.prototypes(registry.DEFAULT_TEXT)
