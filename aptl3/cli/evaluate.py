"""``aptl3 evaluate``: how well words find pictures, and pictures words, on the library's own held-out captions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library, with_verbosity, written

if TYPE_CHECKING:
    from aptl3.fitting.evaluation.cell import Outcome
    from aptl3.fitting.evaluation.report import Report
    from aptl3.library import Library


@click.command("evaluate", epilog="Example: aptl3 evaluate --trees 10,50 --search-k 1000,10000 --out evaluation")
@with_library
@click.option("--relation", metavar="NAME", help="Judge by these captions [default: the relation with most pairs].")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Only these models, two or more.")
@click.option("--queries", default=5000, show_default=True, type=click.IntRange(2, 50_000), help="For one direction.")
@click.option("--trees", metavar="N,…", help="Annoy forests of so many trees [default: 10,50].")
@click.option("--search-k", metavar="N,…", help="Rows that a query looks at [default: 500,5000,50000].")
@click.option("--index/--no-index", default=True, help="Measure through Annoy's trees, too.")
@click.option("--learning/--no-learning", default=True, help="Draw learning curves, too.")
@click.option("--anew", is_flag=True, help="Measure again what an earlier run has kept.")
@click.option(
    "--out",
    default="evaluation",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for evaluation.json and the pictures.",
)
@with_verbosity
@with_json
def command(
    root: Path,
    relation: str | None,
    models: tuple[str, ...],
    queries: int,
    trees: str | None,
    search_k: str | None,
    index: bool,
    learning: bool,
    anew: bool,
    out: Path,
    verbosity: int,
    as_json: bool,
) -> None:
    """Measure every way between the library's models on captions that no alignment was fitted to: recall@K, median
    rank and the angle of the true pair, each with its 95 % interval, in both directions, exactly and through trees.

    Prints a table, and writes it with recall curves and learning curves to the folder --out. What is measured is kept
    in the library: after an interruption the same command goes on.
    """
    from aptl3.fitting.evaluation.evaluation import Plan
    from aptl3.fitting.evaluation.pictures import draw
    from aptl3.library import Library

    plan = Plan(
        relation=int(relation) if relation and relation.isdecimal() else relation,
        models=models,
        queries=queries,
        trees=(_numbers(trees, "--trees") or Plan.trees) if index else (),
        search_k=_numbers(search_k, "--search-k"),
        learning=learning,
        anew=anew,
    )
    with Library(root) as library, _Progress(verbosity) as progress:
        _prepare(library, out)
        try:
            report = library.evaluate(plan, progress)
        except KeyboardInterrupt:
            click.echo("Interrupted: the same command goes on from here.", err=True)
            raise
    document = report.as_json()
    with written(out):
        (out / "evaluation.json").write_text(json.dumps(document, indent=1), "utf-8")
        pictures = draw(report, out)
    print_json(document) if as_json else click.echo(described(report))
    click.echo(f"Wrote evaluation.json and {len(pictures)} pictures to {shown(str(out))}.", err=True)


def _prepare(library: Library, out: Path) -> None:
    """Makes the folder before the work, not after it; none where there is nothing to judge by."""
    if library.store.relations():
        with written(out):
            out.mkdir(parents=True, exist_ok=True)


class _Progress:
    """A bar on standard error, unless quiet or that is no terminal. A context manager, and a ``Progress``."""

    def __init__(self, verbosity: int) -> None:
        from tqdm import tqdm

        layout = "{percentage:3.0f}%|{bar:20}| {n:.0f}/{total_fmt} [{elapsed}<{remaining}] {desc}"
        quiet = True if verbosity < 0 else None
        self._bar = tqdm(total=1, disable=quiet, dynamic_ncols=True, smoothing=0.1, bar_format=layout)
        self._begun = False

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, done: float, total: int, what: str) -> None:
        if not self._begun:  # what an earlier run has kept does not count as measured just now
            self._begun = True
            self._bar.reset(total)
            self._bar.initial = self._bar.n = done
        self._bar.set_description_str(what, refresh=False)
        self._bar.update(done - self._bar.n)


def _numbers(text: str | None, option: str) -> tuple[int, ...]:
    """As in ``10,50``."""
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    if not all(part.isdecimal() and 0 < int(part) <= 10**9 for part in parts):
        raise click.BadParameter(f"{text!r}: give whole numbers, as in 10,50.", param_hint=option)
    return tuple(int(part) for part in parts)


def described(report: Report) -> str:
    """The tables, with what could not be measured."""
    relation = report.relation
    parts = [
        f"{relation.name}: {relation.pairs} pairs; {report.held_out} photographs are held out to judge by, "
        f"{report.training} are for training. In brackets: 95 % intervals, photographs drawn."
    ]
    for outcomes in report.directions(report.outcomes):
        parts.append(_heading(outcomes) + "\n" + _grid(outcomes))
    for outcomes in report.directions(report.learning):
        parts.append("Learning: " + _heading(outcomes) + "\n" + _learned(outcomes))
    notes = [f"Not measured: {note}." for note in report.notes]
    return "\n\n".join([*parts, "\n".join(notes)]).rstrip()


def _heading(outcomes: Sequence[Outcome]) -> str:
    first = outcomes[0]
    few = [one.queries for one in outcomes if one.queries < first.queries]
    through = f" ({few[0]} through trees)" if few else ""
    return f"{first.cell.source} → {first.cell.target}: {first.queries} queries{through}, {first.items} to choose from"


def _grid(outcomes: Sequence[Outcome]) -> str:
    ks = _ks(outcomes[0])
    rows = []
    for one in outcomes:
        took = f"{one.milliseconds:.2f}" if one.milliseconds else ""
        rows.append((one.cell.label, one.cell.search, *_figures(one, ks), took))
    header = ("way", "search", *_names(ks), "ms a query")
    if not any(one.milliseconds for one in outcomes):
        header, rows = header[:-1], [row[:-1] for row in rows]
    return table(rows, header)


def _learned(outcomes: Sequence[Outcome]) -> str:
    ks = _ks(outcomes[0])
    rows = [(one.cell.way, str(one.cell.pairs), *_figures(one, ks)) for one in outcomes]
    return table(rows, ("recipe", "pairs", *_names(ks)))


def _ks(one: Outcome) -> list[int]:
    from aptl3.fitting.evaluation.cell import SHOWN

    return [k for k in SHOWN if k < one.items]


def _names(ks: Sequence[int]) -> list[str]:
    return [*(f"recall@{k}" for k in ks), "median rank", "angle of the pair, °"]


def _figures(one: Outcome, ks: Sequence[int]) -> list[str]:
    from aptl3.fitting.evaluation.forest import ANSWERS

    missed = f">{ANSWERS}"
    median = f"{one.median_rank:.0f}".replace("∞ (∞–∞)", missed).replace("∞", missed)
    return [*(f"{one.recall(k):.2f}" for k in ks), median, f"{one.angle:.1f}"]
