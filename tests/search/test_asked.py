from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.records.model import StoredModel
from aptl3.records.query import Term
from aptl3.search import example
from aptl3.search.asked import Asked
from aptl3.search.sources import Sources
from aptl3.storage.index.centre import Centre
from aptl3.storage.writer import Writer
from tests.search.conftest import (
    NAMES,
    Colours,
    Opened,
    Words,
    add_texts,
    paint,
    picture_spec,
    removing_after_a_look,
    straight,
    text_spec,
    unit,
)

MIRROR = Colours(picture_spec("mirror"))


@pytest.fixture
def sources(writer: Writer, opened: Opened) -> Iterator[Sources]:
    sources = Sources(writer, opened.embedders())
    sources.refresh()
    yield sources
    sources.close()


def model(writer: Writer, name: str) -> StoredModel:
    found = writer.model(name)
    assert found is not None
    return found


NAMED = StoredModel("names", "fingerprint", "text", 3, "float16", "names")


@pytest.mark.parametrize(
    ("given", "modality"),
    [
        (Term("a dog"), "text"),
        (Term(example="data:,a%20dog"), "text"),
        (Term(example="https://example.org/notes.TXT"), "text"),
        (Term(example="https://example.org/photo"), "image"),
        (Term(example=1), "image"),
    ],
)
def test_what_is_given_has_a_kind(given: Term, modality: str, writer: Writer, sources: Sources) -> None:
    assert Asked(given, writer, sources).modality == modality


def test_media_of_the_library_are_known_by_id_and_place(writer: Writer, sources: Sources, folder: Path) -> None:
    [text] = add_texts(writer, "a red thing")
    sources.refresh()
    path = str(folder / "red.png")
    for given, media, kind in (
        (path, writer.media_at(path), "image"),
        ("data:,a%20red%20thing", text, "text"),
        (text, text, "text"),
    ):
        asked = Asked(Term(example=given), writer, sources)
        assert (asked.media, asked.modality) == (media, kind)
    with pytest.raises(BadArgument, match="nothing with the media id 12345"):
        Asked(Term(example=12345), writer, sources)


def test_a_text_of_the_library_is_not_embedded_again(writer: Writer, sources: Sources, opened: Opened) -> None:
    [text] = add_texts(writer, "a red thing")
    sources.refresh()
    vector = Asked(Term(example=text), writer, sources).vector(model(writer, "names"))
    np.testing.assert_allclose(vector, Words().embed(["a red thing"])[0], atol=1e-3)
    assert opened.opened == []


def test_a_text_is_embedded_by_its_words(writer: Writer, sources: Sources, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("green\n")
    expected = Words().embed(["green"])[0]
    for given in (str(path), "data:,green"):
        np.testing.assert_array_equal(Asked(Term(example=given), writer, sources).vector(NAMED), expected)
    [kept] = add_texts(writer, "blue", models=[Words(text_spec("others"))])
    np.testing.assert_array_equal(Asked(Term(example=kept), writer, sources).vector(NAMED), Words().embed(["blue"])[0])


def test_a_picture_without_a_vector_is_embedded_from_its_file(
    writer: Writer, sources: Sources, opened: Opened, folder: Path
) -> None:
    opened.models["mirror"] = MIRROR
    mirror = StoredModel("mirror", "fingerprint", "image", 3, "float16", "mirror")
    media = writer.media_at(str(folder / "red.png"))
    np.testing.assert_allclose(
        Asked(Term(example=media), writer, sources).vector(mirror), unit(np.array(NAMES["red"])), atol=1e-3
    )
    (folder / "red.png").unlink()
    with pytest.raises(ModelUnavailable, match="its file is away"):
        Asked(Term(example=media), writer, sources).vector(mirror)


def test_a_file_is_read_once_for_all_models(
    writer: Writer, sources: Sources, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.models["mirror"] = MIRROR
    reads = []
    contents = example.contents

    def counted(place: str) -> bytes | bytearray:
        reads.append(place)
        return contents(place)

    monkeypatch.setattr(example, "contents", counted)
    mirror = StoredModel("mirror", "fingerprint", "image", 3, "float16", "mirror")
    good = Asked(Term(example=str(paint(tmp_path / "new.png", (1, 2, 3)))), writer, sources)
    bad = Asked(Term(example=str(tmp_path / "none.png")), writer, sources)
    for _ in range(2):
        for one in (mirror, model(writer, "colours")):
            good.vector(one)
            with pytest.raises(BadArgument, match="cannot be read"):
                bad.vector(one)
    assert len(reads) == 2


@pytest.mark.parametrize(
    ("space", "routes", "direction"),
    [
        ("colours", ["one", "other"], [1.0, 1.0, -2.0]),  # two towers of the space: their mean
        ("elsewhere", ["other"], [-1.0, 2.0, -1.0]),  # two that are aligned to it: the better alone
    ],
)
def test_near_ways_are_averaged_and_of_far_ones_the_best_is_gone(
    writer: Writer, opened: Opened, space: str, routes: list[str], direction: list[float]
) -> None:
    class Turned(Words):
        def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:  # type: ignore[override]
            return super().embed(texts)[:, [1, 0, 2]]

    models = [Words(text_spec("one", space)), Turned(text_spec("other", space))]
    opened.models |= {model.spec.name: model for model in models}
    opened.ways = {("one", "colours"): straight, ("other", "colours"): straight}
    opened.skills = {"one": 0.6, "other": 0.9}
    add_texts(writer, "a text", models=models)
    sources = Sources(writer, opened.embedders())
    sources.refresh()
    resolved = Asked(Term("red"), writer, sources).toward(model(writer, "colours"), Centre(np.zeros(3, np.float32)))
    assert [route.source.name for route in resolved.routes] == routes
    np.testing.assert_allclose(resolved.vector, unit(np.array(direction)), atol=1e-6)
    sources.close()


def test_what_is_taken_out_in_between_is_what_it_was(
    writer: Writer, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    [text] = add_texts(writer, "a red thing")
    sources.refresh()
    asked, names = Asked(Term(example=text), writer, sources), model(writer, "names")
    removing_after_a_look(writer, "data:,a%20red%20thing", monkeypatch)
    np.testing.assert_allclose(asked.vector(names), Words().embed(["a red thing"])[0], atol=1e-3)
    assert writer.media_info(text) is None
