"""``aptl3 models``: the embedding models of a library."""

from __future__ import annotations

from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, table, with_json, with_library, with_verbosity


@click.command("models", epilog="Example: aptl3 models add torchvision/resnet50 --weights resnet50.pth")
@click.argument("action", type=click.Choice(["list", "add", "remove"]), default="list")
@click.argument("name", required=False)
@click.option("--weights", type=click.Path(), help="Of the model to add: a file or folder, in place of its hub.")
@click.option("--available", is_flag=True, help="List what can be added.")
@with_library
@with_verbosity
@with_json
def command(
    root: Path, action: str, name: str | None, weights: str | None, available: bool, verbosity: int, as_json: bool
) -> int:
    """List the library's models with what each has embedded; add one, or remove one with all that it made.

    What is added embeds what is in the library already, in the background of searches. A name may be that of a pair of
    models for pictures and texts, as clip-ViT-B-32: both are added, and removed, by it; clip-ViT-B-32-text is the one
    for texts alone.
    """
    if (action == "list") != (name is None):
        raise click.UsageError(f"Say which model to {action}." if name is None else f"List takes no name: {name}.")
    if weights is not None and action != "add":
        raise click.UsageError("--weights belongs to a model that is added.")
    if name is None:
        _list_available(as_json) if available else _list(root, as_json)
        return 0
    if action == "add":
        return _add(root, name, weights, verbosity, as_json)
    _remove(root, name, as_json)
    return 0


def _list(root: Path, as_json: bool) -> None:
    from aptl3.library import Library

    with Library(root) as library:
        models = library.models()
    if as_json:
        print_json(models)
        return
    columns = ("name", "modality", "dim", "vectors", "indexed", "space", "licence", "weights")
    rows = [tuple(_cell(model[column]) for column in columns) for model in models]
    click.echo(table(rows, columns))
    for model in models:
        if model["problem"] is not None:
            click.echo(f"{shown(model['name'])}: {model['problem']}", err=True)


def _cell(value: object) -> str:
    return "" if value is None else shown(str(value))


def _list_available(as_json: bool) -> None:
    from aptl3.models.registry import families

    offers = families()
    if as_json:
        print_json([offer._asdict() for offer in offers])
        return
    rows = [tuple(map(_cell, offer)) for offer in offers]
    click.echo(table(rows, ("name", "modality", "dim", "licence", "source")))


def _add(root: Path, name: str, weights: str | None, verbosity: int, as_json: bool) -> int:
    from aptl3.cli.follow import Progress, conclude
    from aptl3.library import Library

    with Library(root) as library, Progress(verbosity) as progress:
        job = library.add_model(name, weights=weights, events=progress)
    return conclude(job, as_json)


def _remove(root: Path, name: str, as_json: bool) -> None:
    from aptl3.library import Library

    with Library(root) as library:
        counts = library.remove_model(name)
    if as_json:
        print_json(counts)
        return
    for one, gone in counts.items():
        click.echo(f"Removed {one}: " + ", ".join(f"{count} {what}" for what, count in gone.items()) + ".")
