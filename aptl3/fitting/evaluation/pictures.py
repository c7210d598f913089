"""An evaluation in pictures: recall against log K, learning curves in degrees, what trees and ``search_k`` cost.

Bands are the 95 % intervals of the figures (``metrics``). One file a direction and kind, PNG.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aptl3.fitting.evaluation.cell import Outcome
from aptl3.fitting.evaluation.metrics import Estimate
from aptl3.fitting.evaluation.report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito, "Color Universal Design" (2008): colours that all people tell apart; black is for chance and the exact.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", (0, (4, 1, 1, 1, 1, 1)))
DPI = 120
AIR = 1.15  # a factor of space beside the first and the last point of a logarithmic axis
K = 10  # whose recall is drawn where one number must do


def draw(report: Report, folder: Path) -> list[Path]:
    """Writes all pictures of ``report`` into ``folder``, which exists; returns their paths."""
    made = []
    for kind, outcomes, figure in _figures(report):
        cell = outcomes[0].cell
        path = folder / f"{kind} {_file_name(cell.source)} to {_file_name(cell.target)}.png"
        figure.savefig(path, dpi=DPI)
        made.append(path)
    return made


def _figures(report: Report) -> Iterator[tuple[str, Sequence[Outcome], Figure]]:
    for outcomes in report.directions(report.outcomes):
        exact = [one for one in outcomes if not one.cell.trees]
        yield "recall", outcomes, recall_figure(exact)
        through = [one for one in outcomes if one.cell.trees and one.cell.way == exact[0].cell.way]
        if len({one.cell.search_k for one in through}) > 1:
            yield "index", outcomes, index_figure(exact[0], through)
    for outcomes in report.directions(report.learning):
        yield "learning", outcomes, learning_figure(outcomes)


def recall_figure(outcomes: Sequence[Outcome]) -> Figure:
    """Recall@K against log K, one line a way; ``outcomes`` are exact ones of one direction."""
    figure, (axes,) = _canvas(1)
    for style, one in zip(_styles(), outcomes, strict=False):
        curve = one.curve
        axes.plot(curve.ks, curve.value, label=one.cell.label, **style)
        axes.fill_between(curve.ks, curve.low, curve.high, alpha=0.12, color=style["color"], linewidth=0)
    first = outcomes[0]
    ks = np.arange(1, first.items + 1) if first.items < 1000 else np.geomspace(1, first.items, 500)
    chance = 1 - (1 - np.minimum(1, ks / first.items)) ** first.answers
    axes.plot(ks, chance, color="black", linewidth=1, linestyle=":", label="by chance")
    axes.set_xlabel("K: answers looked at")
    axes.set_ylabel("recall@K: share of queries that are answered")
    _log(axes, 1, max(2, first.items))
    _share(axes)
    return _finished(figure, axes, _title(first))


def learning_figure(outcomes: Sequence[Outcome]) -> Figure:
    """Degrees of the true pair, and recall, against the number of training pairs; ``outcomes`` are of one direction.
    What needs no pairs is a level line."""
    figure, panels = _canvas(2)
    ways = list(dict.fromkeys(one.cell.way for one in outcomes))
    counts = sorted({one.cell.pairs for one in outcomes if one.cell.pairs > 0}) or [1]
    figures_of: tuple[Callable[[Outcome], Estimate], ...] = (lambda one: one.angle, lambda one: one.recall(K))
    for axes, at in zip(panels, figures_of, strict=True):
        for style, way in zip(_styles(), ways, strict=False):
            mine = sorted((one for one in outcomes if one.cell.way == way), key=lambda one: one.cell.pairs)
            figures = [at(one) for one in mine]
            xs = [one.cell.pairs for one in mine]
            if xs == [0]:
                _band(axes, [counts[0] / AIR, counts[-1] * AIR], figures * 2, label=f"{way}, no pairs", **style)
            else:
                _band(axes, xs, figures, label=way, marker="o", **style)
        axes.set_xlabel("training pairs (a photograph with its captions)")
        _log(axes, counts[0], counts[-1], AIR)
    panels[0].set_ylabel("angle of the true pair, degrees (less is better)")
    panels[1].set_ylabel(f"recall@{K}")
    _share(panels[1], max(one.recall(K).high for one in outcomes))
    return _finished(figure, panels[0], _title(outcomes[0]))


def index_figure(exact: Outcome, through: Sequence[Outcome]) -> Figure:
    """What an Annoy forest loses and takes against ``search_k``, one line for each number of trees. Their queries are
    the same, so that the lines have no bands of their own: they would tell of the queries, not of the trees."""
    figure, (left, right) = _canvas(2)
    most = max(one.cell.search_k for one in through)
    least = min(one.cell.search_k for one in through)
    _band(left, [least / AIR, most * AIR], [exact.recall(K)] * 2, label="exact", color="black", linestyle="--")
    for style, trees in zip(_styles(), sorted({one.cell.trees for one in through}), strict=False):
        mine = sorted((one for one in through if one.cell.trees == trees), key=lambda one: one.cell.search_k)
        xs = [one.cell.search_k for one in mine]
        points = {**style, "marker": "o", "markersize": 4}
        left.plot(xs, [one.recall(K).value for one in mine], label=f"{trees} trees", **points)
        right.plot(xs, [one.milliseconds for one in mine], **points)
    left.set_ylabel(f"recall@{K}")
    right.set_ylabel("milliseconds a query (median)")
    _share(left, exact.recall(K).high)
    right.set_ylim(0, 1.1 * max(one.milliseconds for one in through))
    for axes in (left, right):
        axes.set_xlabel("search_k: rows that a query looks at")
        _log(axes, least, most, AIR)
    return _finished(figure, left, f"{_title(exact)}; way: {exact.cell.label}")


def _canvas(panels: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.2) if panels == 1 else (11, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for one in axes:
        one.grid(color="0.9")
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
    return figure, list(axes)


def _band(axes: Axes, xs: Sequence[float], figures: Sequence[Estimate], **style: Any) -> None:
    values, lows, highs = (np.array(part, float) for part in zip(*figures, strict=True))
    axes.plot(xs, values, markersize=4, **style)
    axes.fill_between(xs, lows, highs, alpha=0.12, color=style["color"], linewidth=0)


def _styles() -> Iterator[dict[str, Any]]:
    """Colours and dashes change together, so that lines which fall together both show."""
    return ({"color": color, "linestyle": dashes} for color, dashes in zip(cycle(COLORS), cycle(DASHES), strict=False))


def _finished(figure: Figure, axes: Axes, title: str) -> Figure:
    """With a title above and the legend of ``axes`` below, where neither hides a curve."""
    figure.suptitle(title, fontsize="medium")
    entries, names = axes.get_legend_handles_labels()
    columns = 5 if max(map(len, names)) < 20 else 3
    figure.legend(entries, names, loc="outside lower center", ncols=columns, frameon=False, handlelength=3)
    return figure


def _log(axes: Axes, least: float, most: float, air: float = 1.0) -> None:
    """A logarithmic x axis whose ticks are plain numbers, the last of them ``most``."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    steps = (1, 2, 5) if most / least <= 2000 else (1,)
    ticks = [step * 10**power for power in range(10) for step in steps]
    axes.set_xscale("log")
    axes.set_xlim(least / air, most * air)
    room = (most * air / least * air) ** 0.1  # a tenth of the axis, for the last number
    shown = [tick for tick in ticks if least <= tick <= most / room]
    axes.xaxis.set_major_locator(FixedLocator([*shown, most]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _share(axes: Axes, most: float = 1.0) -> None:
    """A y axis of shares, from 0 to the first mark above ``most``."""
    top = next(mark for mark in (0.05, 0.1, 0.2, 0.5, 1.0) if mark >= most)
    axes.set_yticks(np.linspace(0, top, 11))
    axes.set_ylim(0, 1.02 * top)


def _title(one: Outcome) -> str:
    return (
        f"{one.cell.source} → {one.cell.target}\n{one.queries:,} held-out queries from {one.pictures:,} photographs; "
        f"{one.items:,} to choose from; bands: 95 % intervals"
    )


def _file_name(model: str) -> str:
    return re.sub(r"[^\w.-]+", "-", model)
