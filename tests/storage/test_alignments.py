from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aptl3.errors import BadArgument
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.storage.samples import RED, add_models, add_text_model, alignment, ingest, relate


def test_an_alignment_comes_back_as_it_went_in(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    relate(writer, {"a": "a man"})
    record = replace(alignment(writer), relation=1)
    with writer.checkpoint() as checkpoint:
        id = checkpoint.add_alignment(record)
    with writer.checkpoint() as checkpoint:
        other = checkpoint.add_alignment(alignment(writer, "2.aln"))
    with Store.open(root) as store:
        assert [found.id for found in store.alignments()] == [other, id]
        assert store.alignments()[1] == replace(record, id=id)


def test_adding_one_again_is_the_same(writer: Writer) -> None:
    ids = set()
    for _ in range(2):
        with writer.checkpoint() as checkpoint:
            ids.add(checkpoint.add_alignment(alignment(writer)))
    assert len(ids) == len(writer.alignments()) == 1


def test_its_relation_may_have_gone_while_it_was_fitted(writer: Writer) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(replace(alignment(writer), relation=99))
    assert writer.alignments()[0].relation is None


def test_it_goes_with_its_file(writer: Writer, root: Path) -> None:
    with writer.checkpoint() as checkpoint:
        id = checkpoint.add_alignment(alignment(writer))
    with pytest.raises(ZeroDivisionError), writer.checkpoint() as checkpoint:
        checkpoint.remove_alignment(id)
        _ = 1 / 0
    assert (root / "alignments" / "1.aln").exists()
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_alignment(id)
    assert not writer.alignments() and not list((root / "alignments").iterdir())
    with pytest.raises(BadArgument, match=f"no alignment {id}"), writer.checkpoint() as checkpoint:
        checkpoint.remove_alignment(id)


def test_what_does_not_belong_to_the_library_is_refused(writer: Writer) -> None:
    add_text_model(writer)
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_model("mini", True)
        checkpoint.remove_model("blue", False)
    file = alignment(writer)
    for record, wrong in (
        (file, "mini, which was removed"),
        (alignment(writer, models=["red", "blue"], pairs=9), "blue, which was removed"),
        (replace(file, models={"red": "another"}), "another red"),
        (replace(file, models={"red": "fingerprint of red"}, file="gone.aln"), "file of .* is gone"),
    ):
        with pytest.raises(BadArgument, match=wrong) as told, writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(record)
        assert "\n" not in str(told.value)
    assert writer.alignments() == []


def test_a_model_that_only_embeds_queries_needs_no_row(writer: Writer) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(alignment(writer, models=["red", "mini"]))
    assert writer.alignments()[0].models == {"red": "fingerprint of red", "mini": "fingerprint of mini"}
    with writer.checkpoint() as checkpoint:
        assert checkpoint.remove_model("mini", True).alignments == 1
    assert writer.alignments() == []


def test_those_of_a_model_go_with_it(writer: Writer, root: Path) -> None:
    with writer.checkpoint() as checkpoint:
        for name, models in {"1": ["red", "blue"], "2": ["red", "mini"], "3": ["blue", "mini"]}.items():
            checkpoint.add_alignment(alignment(writer, name, models))
    with writer.checkpoint() as checkpoint:
        assert checkpoint.remove_model(RED.name, False).alignments == 2
    assert [path.name for path in (root / "alignments").iterdir()] == ["3"]
    add_models(writer)
    assert [record.file for record in writer.alignments()] == ["3"]


def test_a_fit_that_is_made_again_takes_the_place_of_the_older_one(writer: Writer) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(alignment(writer, "1.aln"))
        checkpoint.add_alignment(alignment(writer, "2.aln"))
    with writer.checkpoint() as checkpoint:
        again = checkpoint.add_alignment(replace(alignment(writer, "3.aln"), name="words to pictures 1.aln"))
    assert [(one.id, one.file) for one in writer.alignments()] == [(again, "3.aln"), (2, "2.aln")]
    assert not writer.layout.alignment("1.aln").exists()
