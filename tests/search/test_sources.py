from __future__ import annotations

from pathlib import Path

import pytest

from aptl3.errors import ModelMismatch
from aptl3.records.model import StoredModel
from aptl3.search.sources import Sources
from aptl3.storage.writer import Writer
from tests.search.conftest import Colours, Opened, Words, add, add_texts, picture_spec, straight, text_spec

PAIR, PAIR_TEXT = Colours(picture_spec("pair", "pair")), Words(text_spec("pair-text", "pair"))


def refreshed(writer: Writer, opened: Opened) -> Sources:
    sources = Sources(writer, opened.embedders())
    sources.refresh()
    return sources


def of(writer: Writer, name: str) -> StoredModel:
    found = writer.model(name)
    assert found is not None
    return found


def named(sources: Sources, modality: str, target: StoredModel) -> list[list[str]]:
    return [[route.source.name for route in group] for group in sources.routes(modality, target)]


def test_the_model_itself_then_its_space_then_alignments(empty: Writer, painted: list[Path]) -> None:
    add(empty, *painted, models=[PAIR, Colours()])
    add_texts(empty, "a text", models=[PAIR_TEXT])
    ways = {("names", "pair"): straight, ("names", "colours"): straight, ("colours", "pair"): straight}
    sources = refreshed(empty, Opened([PAIR, PAIR_TEXT, Colours(), Words()], ways))
    assert named(sources, "text", of(empty, "pair")) == [["pair-text"], ["names"]]
    assert named(sources, "image", of(empty, "pair")) == [["pair"], ["colours"]]
    assert named(sources, "text", of(empty, "colours")) == [["names"]]
    assert named(sources, "text", of(empty, "pair-text")) == [["pair-text"]]
    assert named(sources, "image", of(empty, "pair-text")) == [["pair"]]
    assert sources.routes("image", of(empty, "pair"))[0][0].map is None


def test_of_alignments_the_one_that_leads_best_comes_first_and_alone(writer: Writer) -> None:
    other = Words(text_spec("other"))
    add_texts(writer, "a text", models=[other])
    opened = Opened([Colours(), Words(), other], {("names", "colours"): straight, ("other", "colours"): straight})
    for best, worse in (("names", "other"), ("other", "names")):
        opened.skills = {best: 0.9, worse: 0.6}
        assert named(refreshed(writer, opened), "text", of(writer, "colours")) == [[best], [worse]]


def test_a_default_that_is_not_to_be_had_is_left_out(writer: Writer) -> None:
    sources = refreshed(writer, Opened([Colours()]))
    assert named(sources, "text", of(writer, "colours")) == []


def test_routes_are_found_anew_only_when_something_changed(writer: Writer, painted: list[Path]) -> None:
    opened = Opened([Colours(), Words(), Words(text_spec("other"))], {("other", "colours"): straight})
    sources = refreshed(writer, opened)
    state = sources.state
    sources.refresh()
    assert sources.state is state
    assert named(sources, "text", of(writer, "colours")) == []
    add_texts(writer, "a text", models=[Words(text_spec("other"))])
    sources.refresh()
    assert sources.state is not state
    assert named(sources, "text", of(writer, "colours")) == [["other"]]


def test_a_model_is_opened_once_and_proves_itself(writer: Writer) -> None:
    opened = Opened()
    sources = refreshed(writer, opened)
    colours = of(writer, "colours")
    assert sources.pictures(colours) is sources.pictures(colours)
    assert opened.opened == ["colours"]
    sources.close()
    assert not opened.models["colours"].open


class Liar(Colours):
    def prove(self, probe: bytes) -> None:
        raise ModelMismatch("it gives other vectors; install the old one")


@pytest.mark.parametrize("model", [Liar(), Colours(fingerprint="other")])
def test_a_model_that_is_not_the_same_is_closed_again(model: Colours, writer: Writer) -> None:
    model.open = True
    sources = refreshed(writer, Opened([model]))
    with pytest.raises(ModelMismatch, match="install"):
        sources.pictures(of(writer, "colours"))
    assert not model.open
    sources.close()


def test_a_model_that_was_replaced_is_opened_anew(writer: Writer) -> None:
    old, new = Colours(), Colours(fingerprint="newer")
    opened = Opened([old])
    sources = refreshed(writer, opened)
    colours = of(writer, "colours")
    assert sources.pictures(colours) is old
    opened.models["colours"] = new
    newer = StoredModel(**{**vars(colours), "fingerprint": "newer"})
    assert sources.pictures(newer) is new
    assert not old.open
    sources.close()
