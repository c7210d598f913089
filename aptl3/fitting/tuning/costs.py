"""What each stage costs alone: files go through the real stages, one batch after the other, in this process.

Nothing else of the pipeline works meanwhile, so what a stage takes is its own: no waiting for others, no cores shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aptl3.actors import requests as r
from aptl3.actors.pipeline import Places
from aptl3.actors.runtime.inline import InlineSupervisor
from aptl3.config import Settings
from aptl3.fitting.tuning.hosting import Cost, Host
from aptl3.fitting.tuning.sample import chill


def costs(
    places: Places, settings: Settings, warm_up: Path, folder: Path, models: Sequence[r.WriterOperation] = ()
) -> dict[str, Cost]:
    """By stage, for a file of ``folder``, after those of ``warm_up``: models are opened by then, and what is done once
    (plans of filters, first allocations) is done. The library at ``places.root`` is made for it."""
    with Host(places, settings, InlineSupervisor, models) as host:
        host.ingest(warm_up)
        chill(folder)
        return host.ingest(folder).costs
