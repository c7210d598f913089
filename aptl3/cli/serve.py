"""``aptl3 serve``: runs the supervisor in the foreground, or ends the one that runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import click

from aptl3.cli.common import show_root, with_library


@click.command("serve", epilog="Example: aptl3 serve --stop")
@with_library
@click.option("--workers", default="", help="Worker counts, as in decoder=4,extractor=1.")
@click.option("--nice", is_flag=True, help="Give way to other programs: lower priority, fewer cores on battery.")
@click.option("--stop", is_flag=True, help="End the supervisor that runs; its job stays resumable.")
def command(root: Path, workers: str, nice: bool, stop: bool) -> None:
    """Run the supervisor here until Ctrl-C. Usually it starts by itself, and ends when idle."""
    from aptl3.config import parse_workers, with_workers
    from aptl3.errors import Aptl3Error
    from aptl3.service.client import Client
    from aptl3.service.protocol import error_of

    if stop:
        click.echo(_stop(root))
        return
    running = Client.running(root)
    if running is not None:
        running.close()
        raise Aptl3Error("A supervisor runs for this library already: `aptl3 serve --stop` ends it.")

    def say(document: dict[str, Any]) -> None:
        if "error" in document:
            raise error_of(document["error"])
        click.echo(f"Supervising {show_root(root)}; Ctrl-C ends it.", err=True)

    from aptl3.service.process import serve
    from aptl3.service.settings import settings_of

    signal.signal(signal.SIGINT, lambda *_: signal.raise_signal(signal.SIGTERM))
    settings, fixed = with_workers(settings_of(root), workers), parse_workers(workers)
    serve(root, settings, idle=float("inf"), fixed=fixed, nice=nice, say=say)


def _stop(root: Path) -> str:
    """What became of it."""
    from aptl3.errors import ServiceHung
    from aptl3.service.client import SILENCE, Client
    from aptl3.service.hung import end_hung

    try:
        client = Client.running(root)
        if client is None:
            return "No supervisor runs."
        with client:
            if client.understood:
                client.ask("stop", within=SILENCE)
            else:  # of another version: a signal says the same
                os.kill(client.pid, signal.SIGTERM)
    except ServiceHung:
        end_hung(root)
        return "The supervisor did not answer and was ended; what was committed is kept."
    return "The supervisor commits what is in flight and ends."
