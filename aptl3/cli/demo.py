"""``aptl3 demo``: the main job on the photographs that come inside installed packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aptl3.cli.common import with_verbosity
from aptl3.config import demo_dir

if TYPE_CHECKING:
    from aptl3.library import Library
    from aptl3.records.query import Hit

QUERIES = ("a cup of coffee", "a cat", "a rocket launch")
EXAMPLES = ("motorcycle_left.png", "rocket.jpg")


@click.command("demo", epilog="Example: aptl3 demo --out demo.png")
@click.option(
    "--out", default="demo.png", show_default=True, type=click.Path(path_type=Path), help="The contact sheet."
)
@click.option("-d", "--data-dir", "root", type=click.Path(path_type=Path), help="Where the demo's own library lies.")
@with_verbosity
def command(out: Path, root: Path | None, verbosity: int) -> int:
    """Ingest the photographs inside scikit-image, scikit-learn and matplotlib, ask for three things and for photographs
    like them, print the answers and write a contact sheet."""
    from aptl3.cli.follow import conclude, run_job
    from aptl3.library import Library
    from aptl3.media.samples import sample_photographs
    from aptl3.service.client import Client

    folder = (root or demo_dir()).absolute()
    paths = sample_photographs()
    click.echo(f"Reading {len(paths)} photographs into {folder} …", err=True)
    with Client.start(folder, create=True) as client:
        code = conclude(run_job(client, lambda: client.ingest(paths), verbosity), as_json=False)
    if code != 0:
        return code
    with Library(folder) as library:
        _ask(library, out)
    return 0


def _ask(library: Library, out: Path) -> None:
    from aptl3.cli.sheet import Row, draw
    from aptl3.media.samples import sample_photographs

    rows = []
    for words in QUERIES:
        hits = library.search(words, limit=5)
        _print(f"“{words}”", hits)
        rows.append(Row(f"“{words}”", None, _answers(library, hits)))
    for path in (path for path in sample_photographs() if Path(path).name in EXAMPLES):
        itself, *alike = library.search(path, limit=6)
        _print(f"like {Path(path).name}", [replace(hit, rank=hit.rank - 1) for hit in alike])
        thumbnail = library.store.thumbnail(itself.media)
        rows.append(Row("more like this", thumbnail.jpeg if thumbnail else None, _answers(library, alike)))
    draw("aptl3: words and photographs find photographs", rows).save(out)
    click.echo(f"Wrote {out}.")


def _answers(library: Library, hits: Sequence[Hit]) -> list:  # type: ignore[type-arg]
    from aptl3.cli.sheet import Answer

    found = ((hit, library.store.thumbnail(hit.media)) for hit in hits)
    return [
        Answer(thumbnail.jpeg, f"{Path(hit.path or '').name}  {hit.score:.1f}", hit.likely)
        for hit, thumbnail in found
        if thumbnail is not None
    ]


def _print(query: str, hits: Sequence[Hit]) -> None:
    from aptl3.cli.search import listed

    click.echo(f"\n{query}")
    for line in listed(hits, len(hits)):
        click.echo(line)
