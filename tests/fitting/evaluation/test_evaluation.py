from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.fitting import bootstrap, fit, ways
from aptl3.fitting.evaluation import bench
from aptl3.fitting.evaluation.cell import Outcome
from aptl3.fitting.evaluation.evaluation import Plan, evaluate
from aptl3.fitting.evaluation.kept import Kept
from aptl3.fitting.evaluation.report import Report
from aptl3.fitting.evaluation.trial import Pairs
from aptl3.fitting.recipes import Paired
from aptl3.records.model import ModelRef, StoredModel
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import OTHERS, PICTURES, TEXTS, make

PLAN = Plan(trees=(5,), search_k=(50, 500), learning=False)
Told = list[tuple[float, int, str]]


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    """150 pictures with two captions each, one alignment of both models on the training pairs."""
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=150, captions=2)
        align(writer, "mine")
        yield writer


@pytest.fixture(autouse=True)
def no_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up models have no classes, and nothing is to be opened for them."""
    monkeypatch.setattr(bootstrap, "classes_of", lambda models, cache: [])


def align(writer: Writer, name: str, *models: str) -> None:
    refs = [ModelRef(one) for one in models or ("pictures", "texts")]
    record = fit.fit_alignment(writer, refs, 1, cache=Path("/none"), recipe="pairs", name=name)
    with writer.checkpoint() as checkpoint:
        checkpoint.add_alignment(record)


def run(writer: Writer, plan: Plan = PLAN, progress: Callable[[float, int, str], None] | None = None) -> Report:
    tell = progress or (lambda done, total, what: None)
    return evaluate(writer, plan, cache=Path("/none"), threads=1, progress=tell)


def cells(outcomes: list[Outcome]) -> list[str]:
    return [str(one.cell) for one in outcomes]


def test_both_directions_exactly_and_over_the_grid(writer: Writer) -> None:
    told: Told = []
    report = run(writer, progress=lambda *step: told.append(step))
    assert report.held_out + report.training == 150 and 15 < report.held_out < 50
    assert cells(list(report.outcomes)) == [
        f"{names}, mine, {search}"
        for names in ("texts → pictures", "pictures → texts")
        for search in ("exact", "5 trees, search_k 50", "5 trees, search_k 500")
    ]
    to_pictures, _, thorough, to_texts, _, _ = report.outcomes
    assert (to_texts.items, to_pictures.items) == (300, 150)
    assert (to_texts.queries, to_pictures.queries) == (report.held_out, 2 * report.held_out)
    assert to_texts.recall(10).value > 0.8 and to_pictures.recall(10).value > 0.8
    assert to_pictures.angle.value < 40
    assert thorough.recall(10).value >= to_pictures.recall(10).value - 0.02
    assert thorough.milliseconds > 0
    shares = [done for done, _, _ in told]
    assert shares == sorted(shares) and shares[-1] == 6 and {total for _, total, _ in told} == {6}
    assert not list((writer.layout.evaluations).glob("build-*"))


def test_an_alignment_is_judged_by_pairs_that_it_was_not_fitted_to(writer: Writer) -> None:
    pairs = Pairs.of(writer, 1)
    assert not set(pairs.pictures[pairs.held]) & set(pairs.pictures[pairs.training])
    assert not set(pairs.texts[pairs.held]) & set(pairs.texts[pairs.training])
    assert writer.alignments()[0].pairs == len(np.unique(pairs.pictures[pairs.training]))


def test_an_interrupted_one_goes_on_where_it_was(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []
    measure = bench.Step.measure

    def counting(step: bench.Step, *rest: object) -> Outcome:
        if len(measured) == 4:
            raise KeyboardInterrupt
        measured.append(str(step.cell))
        return measure(step, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.Step, "measure", counting)
    with pytest.raises(KeyboardInterrupt):
        run(writer)
    done = set(measured)
    measured.clear()
    report = run(writer)
    assert len(measured) == 2 and not done & set(measured)
    measured.clear()
    again = run(writer)
    assert measured == []
    for one, other in zip(report.outcomes, again.outcomes, strict=True):
        assert one.as_json() == other.as_json()
    with pytest.raises(KeyboardInterrupt):
        run(writer, replace(PLAN, anew=True))
    assert len(measured) == 4


def test_what_changed_is_measured_again(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    run(writer)
    kept = set(writer.layout.evaluations.iterdir())
    align(writer, "later")
    report = run(writer)
    assert [one.cell.way for one in report.outcomes[:4:3]] == ["later", "mine"]
    assert len(set(writer.layout.evaluations.iterdir()) - kept) == 6
    with writer.checkpoint() as checkpoint:
        checkpoint.remove(["/photographs/00001.jpg"])
    monkeypatch.setattr(bench.Step, "measure", _never)
    with pytest.raises(AssertionError):
        run(writer)


def _never(*_: object) -> Outcome:
    raise AssertionError


def test_an_alignment_that_is_damaged_is_noted(writer: Writer) -> None:
    align(writer, "later")
    writer.layout.alignment(writer.alignments()[0].file).write_bytes(b"no alignment")
    report = run(writer, replace(PLAN, trees=()))
    assert [one.cell.way for one in report.outcomes] == ["mine", "mine"]
    assert len(report.notes) == 1 and report.notes[0].startswith("later: ") and "damaged" in report.notes[0]


def test_an_alignment_named_as_another_way_is_told_from_it(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, models=(replace(PICTURES, space="texts", dim=8), TEXTS))
        align(writer, "same space")
        report = run(writer, replace(PLAN, trees=()))
    assert [one.cell.way for one in report.outcomes] == ["same space", "same space (2)"] * 2
    assert report.outcomes[0].as_json()["angle_degrees"] != report.outcomes[1].as_json()["angle_degrees"]


def test_learning_curves_rise_with_the_pairs(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    report = run(writer, replace(PLAN, trees=(), learning=True))
    assert [note for note in report.notes if "no classes with names are to be had of pictures" in note]
    curve = [one for one in report.learning if one.cell.source == "texts"]
    counts = [one.cell.pairs for one in curve]
    assert counts == [10, 20, 50, 100, report.training]
    assert {one.cell.way for one in curve} == {"pairs"}
    assert [one.draws for one in curve] == [3, 3, 3, 3, 1]
    assert {one.queries for one in curve} == {2 * report.held_out}
    angles = [one.angle.value for one in curve]
    assert angles[-1] < angles[0] - 3
    whole = next(one for one in report.outcomes if one.cell.source == "texts")
    assert angles[-1] == pytest.approx(whole.angle.value, abs=0.5)


def test_classes_are_the_level_of_a_learning_curve(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def classes(models: list[StoredModel], cache: Path) -> list[Paired]:
        asked.append([model.name for model in models])
        chance = np.random.default_rng(3)
        return [Paired({"texts": chance.normal(size=(40, 8)), "pictures": chance.normal(size=(40, 12))})]

    monkeypatch.setattr(bootstrap, "classes_of", classes)
    report = run(writer, replace(PLAN, trees=(), learning=True))
    points = {(one.cell.way, one.cell.pairs) for one in report.learning}
    assert ("bootstrap", 0) in points and ("joined", 50) in points and ("pairs", 50) in points
    assert asked == [["texts", "pictures"]]  # once
    run(writer, replace(PLAN, trees=(), learning=True))
    assert len(asked) == 1  # all is kept, so nothing is opened
    assert report.notes == []


def test_models_that_are_here_no_more_are_noted(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    report = run(writer, replace(PLAN, trees=(), learning=True))
    assert len(report.notes) == 1 and "no model 'pictures'" in report.notes[0]
    assert {one.cell.way for one in report.learning} == {"pairs"} and len(report.outcomes) == 2


def test_models_of_one_modality_and_of_one_space(tmp_path: Path) -> None:
    third = replace(OTHERS, name="third", space="texts", dim=8)
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=100, captions=1, models=(PICTURES, OTHERS, third, TEXTS))
        align(writer, "all", "pictures", "others", "texts")
        report = run(writer, replace(PLAN, trees=()))
        by = {(one.cell.source, one.cell.target, one.cell.way): one for one in report.outcomes}
        assert by["pictures", "others", "all"].recall(1).value > 0.8
        assert by["pictures", "others", "all"].queries == report.held_out
        assert ("texts", "third", "same space") in by and ("third", "texts", "same space") in by
        assert any(note.startswith("pictures → third: no way") for note in report.notes)
        chosen = run(writer, replace(PLAN, trees=(), models=("others", "texts")))
        assert {one.cell.source for one in chosen.outcomes} == {"others", "texts"}


def test_a_library_that_may_only_be_read_is_evaluated_and_not_written_to(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in writer.layout.root.iterdir())
    monkeypatch.setattr(Kept, "prepare", lambda kept: False)
    assert len(run(writer).outcomes) == 6
    assert sorted(path.name for path in writer.layout.root.iterdir()) == before


def test_what_cannot_be_judged_is_one_line(tmp_path: Path) -> None:
    with Writer.open(tmp_path / "library") as writer:
        make(writer, pictures=3, captions=0)
        with pytest.raises(BadArgument, match="no captions to judge by"):
            run(writer)
    with Writer.open(tmp_path / "few") as writer:
        make(writer, pictures=2)
        with pytest.raises(BadArgument, match="too few to judge by"):
            run(writer)
    with Writer.open(tmp_path / "other") as writer:
        make(writer, pictures=60)
        with pytest.raises(BadArgument, match="no relation nothing: the library has 1 \\(captions\\)"):
            run(writer, replace(PLAN, relation="nothing"))
        with pytest.raises(BadArgument, match="no vectors of bert: it has those of pictures, texts"):
            run(writer, replace(PLAN, models=("bert",)))
        with pytest.raises(BadArgument, match="two models"):
            run(writer, replace(PLAN, models=("texts",)))
        report = run(writer)
        assert list(report.outcomes) == []
        assert report.notes[0] == "texts → pictures: no way leads there; fit one with `aptl3 align`"


def test_an_alignment_that_gives_no_numbers_is_named(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    way = next(ways.every(writer, *writer.models()))
    broken = replace(way, map=lambda vectors: np.full((len(np.asarray(vectors)), 8), np.nan, np.float32))
    monkeypatch.setattr(ways, "every", lambda *_: iter([broken]))
    with pytest.raises(BadArgument, match="by mine gives values that are not finite"):
        run(writer)


def test_the_grid_of_a_small_collection_is_not_larger_than_it() -> None:
    assert Plan().efforts(80) == (500,)
    assert list(Plan().efforts(20_000)) == [500, 5000]
    assert Plan(search_k=(7, 9)).efforts(80) == (7, 9)
