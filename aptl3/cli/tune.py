"""``aptl3 tune``: finds out how photographs are read fastest on this machine, and keeps that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aptl3.cli.common import absolute, print_json, shown, table, with_json, with_library, with_verbosity, written

if TYPE_CHECKING:
    from aptl3.fitting.tuning.report import Report


@click.command("tune", epilog="Example: aptl3 tune ~/Pictures --share 0.5")
@click.argument("paths", nargs=-1, type=click.Path())
@with_library
@click.option("--cores", type=int, metavar="N", help="Use so many cores at most, now and from then on.")
@click.option("--share", type=float, metavar="S", help="Use this share of cores and memory, as in 0.5.")
@click.option("--forget", is_flag=True, help="Drop what was kept: the machine's defaults serve again.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for tuning.json and a picture.")
@with_verbosity
@with_json
def command(
    root: Path,
    paths: tuple[str, ...],
    cores: int | None,
    share: float | None,
    forget: bool,
    out: Path | None,
    verbosity: int,
    as_json: bool,
) -> None:
    """Measure on a sample of PATHS (by default of what the library knows) what each stage costs, work out how many
    workers, threads and which batches serve best, try that against its neighbours in short runs, and keep it.

    Takes most of a minute; leave the machine alone meanwhile. Nothing of the library changes but these settings, which
    every job on this machine uses from then on.
    """
    from aptl3.cli.progress import Bar
    from aptl3.library import Library

    with Library(root) as library:
        if forget:
            if paths or out or (cores, share) != (None, None):
                raise click.UsageError("--forget measures nothing: give no paths and no other settings with it.")
            dropped = library.forget_tuning()
            print_json({"forgotten": dropped}) if as_json else click.echo(
                "Forgotten: the machine's defaults serve." if dropped else "Nothing was kept."
            )
            return
        if out is not None:  # told before the work, not after it
            with written(out):
                out.mkdir(parents=True, exist_ok=True)
        with Bar(verbosity) as progress:
            report = library.tune(*absolute(paths), cores=cores, share=share, progress=progress)
    print_json(report.as_json()) if as_json else click.echo(described(report))
    if out is not None:
        _write(report, out)
        click.echo(f"Wrote tuning.json and tuning.png to {shown(str(out))}.", err=True)


def described(report: Report) -> str:
    """The tables, and the reason."""
    settings, usable = report.tuning.settings, report.usable
    rows = [
        (
            stage,
            f"{cost.core * 1000:.2f}",
            f"{cost.wall * 1000:.2f}",
            f"{report.used[stage]:.2f}",
            str(settings.workers[stage]),
            f"{report.memory[stage] / 1e6:.0f}",
        )
        for stage, cost in report.costs.items()
    ]
    header = ("stage", "ms of core time", "ms by the clock", f"of {usable.cores} cores", "workers", "MB each")
    tried = [(str(way), f"{way.rate:.1f}", f"{way.ratio:.2f}", str(len(way.ratios))) for way in report.ways]
    return "\n".join(
        [
            f"{report.files} files of {report.size / 1000:.0f} KB on average, measured in {report.seconds:.0f} s:",
            "",
            table(rows, header),
            "",
            table(tried, ("tried", "files/s", "× the first", "runs")),
            "",
            f"Kept: {report.chosen}.",
            f"{report.tuning.per_second:.1f} files/s. {report.tuning.reason}",
        ]
    )


def _write(report: Report, out: Path) -> None:
    from aptl3.fitting.tuning.picture import draw

    with written(out):
        (out / "tuning.json").write_text(json.dumps(report.as_json(), indent=1), "utf-8")
        draw(report, out / "tuning.png")
