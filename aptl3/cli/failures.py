"""``aptl3 failures``: files that gave no picture."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from aptl3.cli.common import print_json, shown, with_json, with_library, with_verbosity
from aptl3.errors import BadArgument
from aptl3.records.media import place


@click.command("failures", epilog="Example: aptl3 failures --retry")
@click.argument("urls", nargs=-1)
@with_library
@click.option("--retry", is_flag=True, help="Try these files again (all failed ones when none is named).")
@click.option("--forget", is_flag=True, help="Drop these rows (all when none is named).")
@with_verbosity
@with_json
def command(root: Path, urls: tuple[str, ...], retry: bool, forget: bool, verbosity: int, as_json: bool) -> int:
    """List the files that failed, with stage and reason; try them again, or forget them. URLS may be paths, too."""
    from aptl3.cli.follow import conclude, run_job
    from aptl3.library import Library
    from aptl3.service.client import Client
    from aptl3.storage.url import place_to_url

    if retry and forget:
        raise BadArgument("Give one of --retry and --forget.")
    if not (retry or forget):
        with Library(root) as library:
            _list(library.failures(), as_json)
        return 0
    chosen = [one if "://" in one else place_to_url(place(one)) for one in urls] or None
    with Client.start(root) as client:
        if forget:
            count = client.ask("forget", urls=chosen)
            print_json({"forgotten": count}) if as_json else click.echo(f"{count} failures forgotten.")
            return 0
        number = client.ask("retry", urls=chosen)
        if number is None:
            print_json(None) if as_json else click.echo("No failures to retry.")
            return 0
        return conclude(run_job(client, lambda: int(number), verbosity), as_json)


def _list(failures: list, as_json: bool) -> None:  # type: ignore[type-arg]
    if as_json:
        print_json([asdict(failure) for failure in failures])
        return
    for one in failures:
        click.echo(f"{one.reason.value:12} {one.stage:10} {one.attempts}×  {shown(one.url)}\n             {one.error}")
    if not failures:
        click.echo("No failures.")
