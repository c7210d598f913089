from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument, ModelMismatch
from aptl3.records.index import IndexRecord
from aptl3.records.model import ModelRef
from aptl3.records.store import RemovedModel
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import (
    ALL,
    FOLDER,
    MINI,
    PROBE,
    RED,
    add_models,
    add_text_model,
    alignment,
    fill,
    ingest,
    queue,
    relate,
    result,
    row,
)


def remove(writer: Writer, name: str, default: bool = False) -> RemovedModel:
    with writer.checkpoint() as checkpoint:
        return checkpoint.remove_model(name, default)


def files(root: Path) -> list[str]:
    return sorted(
        str(path.relative_to(root))
        for part in ("vectors", "indexes", "alignments")
        for path in (root / part).rglob("*")
    )


def test_a_model_that_changed_is_refused(writer: Writer) -> None:
    add_models(writer)  # the same again is welcome
    close = (np.ones(16, np.float32) + np.linspace(-0.04, 0.04, 16, dtype=np.float32)).tobytes()
    other = np.arange(16, dtype=np.float32).tobytes()
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(RED, "fingerprint of red", close)
    for spec, fingerprint, probe, what in (
        (RED, "another", PROBE, "fingerprint"),
        (replace(RED, dim=17), "fingerprint of red", PROBE, "size"),
        (replace(RED, dtype="float32"), "fingerprint of red", PROBE, "dtype"),
        (replace(RED, space="x"), "fingerprint of red", PROBE, "space"),
        (RED, "fingerprint of red", other, "fixed input"),
        (RED, "fingerprint of red", PROBE[:4], "fixed input"),
        (RED, "fingerprint of red", bytes(64), "fixed input"),
    ):
        with (
            pytest.raises(ModelMismatch, match=f"{what}.*`aptl3 models remove red`"),
            writer.checkpoint() as checkpoint,
        ):
            checkpoint.add_model(spec, fingerprint, probe)
    assert writer.probe("red") == PROBE


def test_where_weights_lie_is_remembered_and_may_change(writer: Writer) -> None:
    add_text_model(writer, "/weights/old")
    add_text_model(writer)  # whoever opened it by what the library says need not say it again
    assert [model.ref for model in writer.models()] == [
        ModelRef("red"),
        ModelRef("blue"),
        ModelRef("mini", "/weights/old"),
    ]
    add_text_model(writer, "/weights/new")
    model = writer.model("mini")
    assert model is not None and (model.weights, model.vectors, model.indexed) == ("/weights/new", 0, 0)


def test_defaults_are_active_until_they_are_taken_out(writer: Writer) -> None:
    defaults = ("red", "green", "mini")
    rows = [ModelRef("red"), ModelRef("blue")]
    assert writer.active(defaults) == [*rows, ModelRef("green"), ModelRef("mini")]
    assert remove(writer, "mini", default=True) == RemovedModel(0, 0, 0)
    assert remove(writer, "green", default=True) == RemovedModel(0, 0, 0)
    assert writer.active(defaults) == rows
    add_text_model(writer)
    assert writer.active(defaults) == [*rows, ModelRef("mini")]
    remove(writer, "mini")  # as one that is no default: it comes back by itself
    assert writer.active(defaults) == [*rows, ModelRef("mini")]
    remove(writer, "red", default=True)
    assert writer.active(defaults) == [ModelRef("blue"), ModelRef("mini")]


@pytest.mark.parametrize("default", [False, True])
def test_an_unknown_model_cannot_be_taken_out(writer: Writer, default: bool) -> None:
    remove(writer, "red", default=True)
    with pytest.raises(BadArgument, match="no model 'red'; aptl3 models"):
        remove(writer, "red", default)
    with pytest.raises(BadArgument, match="no model 'green'"):
        remove(writer, "green")


def test_nothing_of_a_model_is_left(root: Path) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        add_text_model(writer)
        ingest(writer, {"a": 1, "b": 2})
        relate(writer, {"a": "a man", "b": "a dog"})
        fill(writer)
        for model in ("red", "blue"):
            folder = root / "indexes" / model
            folder.mkdir()
            (folder / "1.ann").touch()
            (folder / "2.ann").touch()  # left over
        with writer.checkpoint() as checkpoint:
            checkpoint.add_index(IndexRecord(0, "red", "annoy", ("1.ann",), {1: 2}, {}, 1.0, 1.0, ""))
        with writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(alignment(writer, "red.aln", ["red", "mini"]))
            checkpoint.add_alignment(alignment(writer, "blue.aln", ["blue", "mini"]))
        kept = writer.vectors_of("blue", [1, 2])
        with Store.open(root) as store:
            held = store.vectors("red").segments[0][1]
            assert remove(writer, "red") == RemovedModel(vectors=2, indexes=1, alignments=1)
            assert held.tobytes() == row(1) + row(2)  # a map stays valid while it is held
            assert [model.name for model in store.models()] == ["blue", "mini"]
            with pytest.raises(KeyError):
                store.vectors("red")
            assert not store.known_vectors("red", [1, 2])[0].any()
        assert files(root) == [
            "alignments/blue.aln", "indexes/blue", "indexes/blue/1.ann", "indexes/blue/2.ann",
            "vectors/blue", "vectors/blue/000002", "vectors/mini", "vectors/mini/000003",
        ]  # fmt: skip
        assert [record.file for record in writer.alignments()] == ["blue.aln"]
        assert writer.vectors_of("blue", [1, 2]).tobytes() == kept.tobytes()
        assert writer.counts().media == 4
        assert verify(root) == []
        writer.compact()
    left = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    for gone in (row(1), b"fingerprint of red", b"red.aln"):
        assert gone not in left
    assert b"fingerprint of blue" in left


def test_a_model_that_came_back_is_filled_again(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1, "b": 2})
    remove(writer, "red")
    add_models(writer)
    assert writer.lacking(writer.hashes([1])[0], ALL, "image")[1].models == ("red",)
    assert fill(writer) == 2
    assert writer.vectors("red").segments[0][1].tobytes() == row(1) + row(2)
    assert verify(root) == []


def test_a_model_taken_out_and_added_in_one_transaction(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    job, [item] = queue(writer, ["b"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
        checkpoint.remove_model("red", False)
        checkpoint.add_model(RED, "another red", PROBE)
        assert checkpoint.commit_result(replace(result(job, item, 3), vectors={"red": row(3)}))
    model = writer.model("red")
    assert model is not None and (model.fingerprint, model.vectors) == ("another red", 1)
    assert writer.vectors("red").segments[0][1].tobytes() == row(3)
    assert files(root) == ["vectors/blue", "vectors/blue/000002", "vectors/red", "vectors/red/000003"]
    assert verify(root) == []


def test_a_removal_that_is_undone_leaves_all_as_it_was(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    job, [item] = queue(writer, ["b"])
    with pytest.raises(ZeroDivisionError), writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
        checkpoint.remove_model("red", True)
        _ = 1 / 0
    assert writer.active(["red"]) == [ModelRef("red"), ModelRef("blue")]
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 2))
    assert writer.vectors("red").segments[0][1].tobytes() == row(1) + row(2)
    assert verify(root) == []


def test_the_first_segment_of_a_model_that_goes_in_its_transaction(writer: Writer, root: Path) -> None:
    job, [item] = queue(writer, ["a"])
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(result(job, item, 1))
        assert checkpoint.remove_model("red", False).vectors == 1
    assert files(root) == ["vectors/blue", "vectors/blue/000002"]
    assert verify(root) == []


def test_an_index_of_a_model_that_went_meanwhile_goes_too(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    remove(writer, "red")
    (root / "indexes" / "red").mkdir()
    (root / "indexes" / "red" / "1.ann").touch()
    with writer.checkpoint() as checkpoint:
        record = IndexRecord(0, "red", "annoy", ("1.ann",), {1: 1}, {}, 1.0, 1.0, "")
        assert checkpoint.add_index(record) is None
    assert files(root) == ["vectors/blue", "vectors/blue/000002"]


def test_a_name_that_is_a_path_is_one_folder(writer: Writer, root: Path) -> None:
    spec = replace(MINI, name="family/../mini")
    with writer.checkpoint() as checkpoint:
        checkpoint.add_model(spec, "x", PROBE)
    job, [item] = queue(writer, ["a"], FOLDER)
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(replace(result(job, item, 1, []), vectors={spec.name: row(1, MINI)}))
    assert files(root) == ["vectors/family%2F..%2Fmini", "vectors/family%2F..%2Fmini/000001"]
    remove(writer, spec.name)
    assert files(root) == []


def test_an_open_store_follows_another_model_of_that_name(writer: Writer, root: Path) -> None:
    with Store.open(root) as store:
        for spec in (RED, replace(MINI, name="red")):
            remove(writer, "red")
            with writer.checkpoint() as checkpoint:
                checkpoint.add_model(spec, spec.space, PROBE)
            job, [item] = queue(writer, ["a"])
            with writer.checkpoint() as checkpoint:
                checkpoint.commit_result(replace(result(job, item, 1, []), vectors={"red": row(1, spec)}))
            assert store.vectors_of("red", [1]).astype(spec.dtype).tobytes() == row(1, spec)
