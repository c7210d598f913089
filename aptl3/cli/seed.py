"""The commands of the project's first README, turned into those of today: ``manifolds`` (the vectors of a model with
their index), ``build_procrustes`` (an alignment), ``make_thumbs``, ``qt``.

Their first argument is the library's folder, "" for the default one.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import click

from aptl3.cli.common import print_json, with_json, with_root, with_verbosity

_WORDS = {"image": "image", "sentence": "text", "text": "text"}  # a kind of media → its modality


@click.command("manifolds", epilog='Example: aptl3 manifolds "" new image')
@with_root
@click.argument("action", type=click.Choice(["new", "list", "merge", "reindex"]))
@click.argument("what", required=False)
@with_verbosity
@with_json
@click.pass_context
def manifolds(
    context: click.Context, root: Path, action: str, what: str | None, verbosity: int, as_json: bool
) -> int | None:
    """Compute what vectors of a kind of media (image, sentence) or of a model are lacking, list the models, or build
    their indexes anew, over all vectors."""
    if (action == "new") != (what is not None):
        raise click.UsageError("New takes what to embed: image, sentence or a model's name; the others take nothing.")
    if action == "list":
        return _invoke(context, "models", root=root, as_json=as_json)
    if what is None:
        return _invoke(context, "index", root=root, rebuild=True, as_json=as_json)
    wanted = _model(root, what)
    if wanted in _there(root):
        return _fill(root, verbosity, as_json)
    return _invoke(context, "models", root=root, action="add", name=wanted, verbosity=verbosity, as_json=as_json)


@click.command("build_procrustes", epilog='Example: aptl3 build_procrustes "" image sentence --relation 1')
@with_root
@click.argument("what", nargs=-1, required=True)
@click.option("--relation", help="The number or name of the relation whose pairs are learned from.")
@with_json
def build_procrustes(root: Path, what: tuple[str, ...], relation: str | None, as_json: bool) -> None:
    """Fit an alignment between kinds of media (image, sentence) or models, as `aptl3 align` does."""
    from aptl3.cli.align import described
    from aptl3.cli.relations import named
    from aptl3.library import Library

    models = [_model(root, one) for one in what]
    with Library(root) as library:
        record = library.align(models, None if relation is None else named(library, relation))
    print_json(asdict(record)) if as_json else click.echo(described(record))


@click.command("make_thumbs", epilog='Example: aptl3 make_thumbs ""')
@with_root
@with_verbosity
@with_json
def make_thumbs(root: Path, verbosity: int, as_json: bool) -> int:
    """Make the thumbnails that are lacking, and whatever else is."""
    return _fill(root, verbosity, as_json)


@click.command("qt", epilog='Example: aptl3 qt ""')
@with_root
@click.pass_context
def qt(context: click.Context, root: Path) -> int | None:
    """Open the window, as `aptl3 gui` does."""
    return _invoke(context, "gui", root=root)


COMMANDS = {one.name: one for one in (manifolds, build_procrustes, make_thumbs, qt)}


def _invoke(context: click.Context, name: str, /, **options: object) -> int | None:
    """Runs another command with these options, the others as they are by default."""
    command: click.Command = import_module(f"aptl3.cli.{name}").command
    code: int | None = context.invoke(command, **options)
    return code


def _there(root: Path) -> list[str]:
    from aptl3.library import Library

    with Library(root) as library:
        return [model["name"] for model in library.models()]


def _model(root: Path, what: str) -> str:
    """The model that a kind of media stands for, the packaged one or the library's first; any other word is a name."""
    from aptl3.library import Library
    from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT

    modality = _WORDS.get(what)
    if modality is None:
        return what
    default = DEFAULT_TEXT if modality == "text" else DEFAULT_IMAGE
    with Library(root) as library:
        names = [model["name"] for model in library.models() if model["modality"] == modality]
    return default if default in names or not names else names[0]


def _fill(root: Path, verbosity: int, as_json: bool) -> int:
    from aptl3.cli.follow import Progress, conclude
    from aptl3.library import Library

    with Library(root) as library, Progress(verbosity) as progress:
        job = library.fill(events=progress)
    return conclude(job, as_json)
