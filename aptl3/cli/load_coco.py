"""``aptl3 load_coco``: photographs of COCO with their captions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aptl3.cli.common import print_json, show_root, with_json, with_root, with_verbosity
from aptl3.errors import BadArgument

if TYPE_CHECKING:
    from aptl3.coco.source import CocoFolder, CocoSite
    from aptl3.media.captions.captions import Captions


@click.command("load_coco", epilog='Example: aptl3 load_coco "" train2017 --limit 10000')
@with_root
@click.argument("split")
@click.option("--limit", type=click.IntRange(1, 10_000_000), help="How many photographs.")
@click.option("--captions", type=click.Choice(["all", "one"]), default="all", help="Of each photograph.")
@click.option(
    "--from", "place", metavar="FOLDER|URL", help="Where COCO lies [default: APTL3_COCO, else COCO's own site]."
)
@with_verbosity
@with_json
def command(
    root: Path,
    split: str,
    limit: int | None,
    captions: str,
    place: str | None,
    verbosity: int,
    as_json: bool,
) -> int:
    """Take photographs of COCO's SPLIT (train2017, val2017) into the library in ROOT ("": the default), paired with
    their captions.

    What comes from the web is kept in the library's folder, in downloads/. The same command goes on after an
    interruption, and fetches nothing twice.
    """
    from aptl3.cli.follow import Progress, exit_code, summary
    from aptl3.cli.relations import document, relate, report
    from aptl3.coco.source import SITE, checked, source
    from aptl3.config import coco_place
    from aptl3.library import Library
    from aptl3.media.captions import coco

    origin = place or coco_place() or SITE
    held = source(origin, root / "downloads")
    with _Bar(f"captions of {checked(split)}", "B", verbosity) as bar:
        file = held.captions(split, bar.tell)
    found = coco.read(file, held.photographs(split), captions)
    found = found.first(limit) if limit is not None else found
    _bring(held, split, found, verbosity)
    paths = _to_ingest(held, split, found, limit)
    with Library(root) as library:
        with Progress(verbosity) as progress:
            job = library.ingest(*paths, events=progress)
        if not as_json:
            click.echo(f"{show_root(root)}: {summary(job)}")
        if code := exit_code(job):
            return code
        related = relate(library, split, found, f"COCO {split}: {origin}", verbosity)
        if as_json:
            print_json({"job": job.as_json(), **document(library, split, found, related)})
        else:
            report(library, split, found, related)
    return 0


def _bring(held: CocoFolder | CocoSite, split: str, found: Captions, verbosity: int) -> None:
    """Fetches the photographs that are not here, with progress."""
    absent = 0
    lacking = [path for path in found.photographs if not os.path.exists(path)]
    with _Bar("photographs", " photographs", verbosity) as bar:
        for number, one in enumerate(held.bring(split, lacking), 1):
            absent += one.absent is not None
            bar.tell(number, len(lacking))
    if absent:
        click.echo(f"{absent} of {len(lacking)} photographs are not on the server.", err=True)


def _to_ingest(held: CocoFolder | CocoSite, split: str, found: Captions, limit: int | None) -> list[str]:
    """The split's folder, or with a limit the chosen photographs that are there."""
    there = [path for path in found.photographs if os.path.lexists(path)]
    if not there:
        raise BadArgument(f"None of the {len(found.photographs)} photographs is in {held.photographs(split)}.")
    return [str(held.photographs(split))] if limit is None else there


class _Bar:
    """A line on standard error that counts what is fetched."""

    def __init__(self, what: str, unit: str, verbosity: int) -> None:
        self._what, self._unit = what, unit
        self._quiet = True if verbosity < 0 else None
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, done: int, whole: int | None) -> None:
        """``done`` of ``whole`` are there; the line appears when the first is."""
        from tqdm import tqdm

        if self._bar is None:
            scaled = self._unit == "B"
            self._bar = tqdm(
                desc=self._what, unit=self._unit, unit_scale=scaled, disable=self._quiet, dynamic_ncols=True
            )
        self._bar.total = whole
        self._bar.update(done - self._bar.n)
