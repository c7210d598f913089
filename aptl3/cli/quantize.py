"""``aptl3 quantize``: a picture model in int8, calibrated on one's own photographs, and what that costs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aptl3.cli.common import absolute, print_json, shown, table, with_json, with_library, with_verbosity, written

if TYPE_CHECKING:
    from aptl3.fitting.quantizing import Quantizing


@click.command("quantize", epilog="Example: aptl3 quantize ~/Pictures --out ~/models/efficientnet-lite0-int8")
@click.argument("paths", nargs=-1, type=click.Path())
@with_library
@click.option("--model", metavar="NAME", help="Which picture model [default: efficientnet-lite0].")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write the model to, which must not be there yet. It is the model's weights: keep it.",
)
@with_verbosity
@with_json
def command(root: Path, paths: tuple[str, ...], model: str | None, out: Path, verbosity: int, as_json: bool) -> None:
    """Make a picture model in int8, faster and less exact, calibrated on photographs from PATHS (by default from what
    the library knows), and measure on others what it costs: cosine to float32, neighbours kept, and recall where the
    library has captions.

    Takes a minute. The library stays as it is: the last line says how to use the model there.
    """
    from aptl3.cli.progress import Bar
    from aptl3.library import Library

    with Library(root) as library, Bar(verbosity) as progress, written(out):
        made = library.quantize(out, *absolute(paths), model=model, progress=progress)
    print_json(made.as_json()) if as_json else click.echo(described(made))


def described(made: Quantizing) -> str:
    """The table, and what to do with it."""
    header = ["engine", "ms of core time", f"× {made.usual}", "cosine", "least", "10 nearest kept"]
    if made.captions:
        header += ["recall@1", "recall@5", "recall@10"]
    rows = [
        (
            one.engine,
            f"{one.milliseconds:.2f}",
            f"{one.speed:.2f}",
            f"{one.cosine:.4f}",
            f"{one.least:.4f}",
            "" if one.kept is None else f"{one.kept:.3f}",
            *(f"{share:.2f}" for share in one.recall or ()),
        )
        for one in made.engines
    ]
    captions = f"; {made.captions} captions" if made.captions else ""
    use = f"aptl3 models add {made.name} --weights {shlex.quote(shown(made.folder))}"
    return "\n".join(
        [
            f"{made.name}: calibrated on {made.calibrated} photographs, judged by {made.judged} others{captions}:",
            "",
            table(rows, header),
            "",
            f"To use it beside what the library has: {use}"
            if made.worth
            else f"On this processor it is not worth it: remove {shown(made.folder)}.",
        ]
    )
