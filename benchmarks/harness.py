"""What the benchmarks share: how they are asked, how they repeat, what a figure is, and where results go.

A benchmark is one file that asks one question. It takes the options of ``parser``, measures its ways in turns
(``interleaved``), prints a table and keeps JSON and a picture (``keep``) in ``benchmarks/results/``, with the machine
described. Whoever compares two ways compares them within a round (``ratio``): what else the machine does meanwhile then
falls on both.

>>> counted = interleaved({"ours": lambda: 4.0, "theirs": lambda: 2.0}, rounds=3)
>>> print(Figure.of(counted["ours"], "images/s"))
4.00 images/s (4.00 to 4.00 in 3 runs)
>>> ratio(counted["ours"], counted["theirs"]).median
2.0
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from benchmarks.machine import describe

T = TypeVar("T")

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One quantity as it came out in all runs."""

    median: float
    min: float
    max: float
    runs: int
    unit: str

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> Figure:
        """Raises:
        statistics.StatisticsError: there are no values.
        """
        return cls(median(values), min(values), max(values), len(values), unit)

    def __str__(self) -> str:
        return f"{_digits(self.median)} {self.unit} ({self.spread})"

    @property
    def spread(self) -> str:
        return f"{_digits(self.min)} to {_digits(self.max)} in {self.runs} run{'s' * (self.runs != 1)}"


def _digits(value: float) -> str:
    """Three figures that count, and one after the point."""
    size = abs(value)
    return f"{value:.1f}" if size >= 10 or not size else f"{value:.2f}" if size >= 1 else f"{value:.3g}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """How many times ``theirs`` ours is, round by round."""
    return Figure.of([one / other for one, other in zip(ours, theirs, strict=True)], "×")


def interleaved(ways: Mapping[str, Callable[[], T]], rounds: int, warm_up: int = 0) -> dict[str, list[T]]:
    """What each way gave in each round, after ``warm_up`` rounds that do not count. In each round all take their turn,
    every round beginning with the next one: no way always runs right after the same other. Who watches a terminal sees
    how far it is."""
    names = list(ways)
    given: dict[str, list[T]] = {name: [] for name in names}
    for number in range(warm_up + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number + 1} of {warm_up + rounds}: {name}", end="", file=sys.stderr, flush=True)
            value = ways[name]()
            if number >= warm_up:
                given[name].append(value)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return given


def parser(doc: str | None, rounds: int | None = None) -> argparse.ArgumentParser:
    """For the options that all benchmarks have; its help is the module's docstring. Without ``rounds`` there is nothing
    to repeat: what is asked has one answer."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    if rounds is not None:
        made.add_argument("--rounds", type=int, default=rounds, help=f"how often everything is measured ({rounds})")
    made.add_argument("--tiny", action="store_true", help="seconds, to see that it works: no figure of it counts")
    made.add_argument("--out", type=Path, default=RESULTS, help="folder for JSON and picture (benchmarks/results)")
    return made


def parse(made: argparse.ArgumentParser, argv: Sequence[str] | None = None, **tiny: Any) -> argparse.Namespace:
    """The options. With ``--tiny`` one round and the values of ``tiny`` are the defaults; what is asked for holds."""
    given = made.parse_args(argv)
    if given.tiny:
        made.set_defaults(rounds=1, **tiny)
        given = made.parse_args(argv)
    return given


def headline(machine: Mapping[str, Any]) -> str:
    """The machine in a line."""
    return f"{machine['cores']} cores, {machine['processor']}, bfloat16: {'yes' if machine['bfloat16'] else 'no'}"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of columns: words to the left, numbers, told as figures are, to the right; None is a dash."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    columns = range(len(head))
    widths = [max(len(row[at]) for row in cells) for at in columns]
    words = [all(isinstance(row[at], str) for row in rows) for at in columns]
    return "\n".join(
        "  ".join(row[at].ljust(widths[at]) if words[at] else row[at].rjust(widths[at]) for at in columns).rstrip()
        for row in cells
    )


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Figure):
        return _digits(value.median)
    return _digits(value) if isinstance(value, float) else str(value)


def keep(out: Path, name: str, document: Mapping[str, Any], draw: Callable[[Any], None] | None = None) -> None:
    """Writes ``document`` with the machine to ``name.json`` in ``out`` (made if missing), and what ``draw`` does to
    matplotlib's axes to ``name.png``."""
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": describe(), **document}, indent=1, default=_plain)
    (out / f"{name}.json").write_text(text, "utf-8")
    if draw is None:
        return
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plot, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    draw(axes)
    plot.savefig(out / f"{name}.png", dpi=120)
    plt.close(plot)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "tolist"):  # of numpy
        return value.tolist()
    return str(value)


def bars(axes: Any, figures: Mapping[str, Figure], title: str) -> None:
    """A bar a figure, from the top down, its whisker from the least to the most; all of one unit."""
    each = list(figures.values())
    whiskers = [[one.median - one.min for one in each], [one.max - one.median for one in each]]
    axes.barh(list(figures), [one.median for one in each], xerr=whiskers, color="C0", ecolor="0.3", capsize=3)
    axes.invert_yaxis()
    axes.set_xlabel(each[0].unit)
    axes.set_title(title)
