"""A tuning in a picture: where the cores go, and the ways that were tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.config import STAGES
from aptl3.fitting.tuning.report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito, "Color Universal Design" (2008): colours that all people tell apart.
COLORS = dict(zip(STAGES, ("#56B4E9", "#D55E00", "#0072B2", "#009E73", "#CC79A7"), strict=True))
DPI = 120


def draw(report: Report, path: Path) -> None:
    """Writes ``path`` as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.6 + 0.3 * len(report.ways)), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(1, 0.6 + 0.5 * len(report.ways)))
    _cores(above, report)
    _ways(below, report)
    figure.suptitle(f"{report.tuning.per_second:.1f} files/s. {report.tuning.reason}", fontsize=11)
    figure.savefig(path, dpi=DPI)


def _cores(axes: Axes, report: Report) -> None:
    left = 0.0
    for stage, cores in report.used.items():
        axes.barh(0, cores, left=left, color=COLORS[stage], label=stage)
        left += cores
    axes.set_xlim(0, max(report.usable.cores, left))
    axes.set_yticks([])
    axes.set_xlabel(f"cores in use, of {report.usable.cores}")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _ways(axes: Axes, report: Report) -> None:
    for row, way in enumerate(report.ways):
        color = "#0072B2" if way == report.chosen else "0.6"
        axes.plot(way.ratios, [row] * len(way.ratios), "o", color=color)
    axes.axvline(1.0, color="0.8", zorder=0)
    axes.set_yticks(range(len(report.ways)), [str(way) for way in report.ways], fontsize=8)
    axes.set_ylim(len(report.ways) - 0.5, -0.5)
    axes.set_xlabel("files/s, as a multiple of the first way in the same round; blue: chosen")
