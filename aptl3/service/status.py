"""What a supervisor says of itself: its stages, who works in each, what goes on.

Guarantees: everything is of one moment, but for the rates, which are of the last seconds.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import Any

from aptl3 import __version__
from aptl3.actors.ingestion import Ingestion
from aptl3.service.rates import Rates


class Status:
    """Of the process that hosts ``ingestion``; ``note`` is called again and again, for the rates."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._ingestion = ingestion
        self._rates = Rates()

    def note(self) -> None:
        """Remembers from time to time how far the stages are."""
        now = time.monotonic()
        if self._rates.due(now):
            self._rates.note(now, {name: one.done for name, one in self._ingestion.statistics().items()})

    def document(self, paths: int | None = None) -> dict[str, Any]:
        """What is going on. ``paths``: so many of each job are told at most, for one that asks again and again; there
        may be thousands."""
        staffing = self._ingestion.staffing
        jobs = self._ingestion.active()
        return {
            "pid": os.getpid(),
            "version": __version__,
            "stages": self._stages(),
            **staffing.as_json(),
            "room": staffing.settings.open_items,
            "pids": self._ingestion.pids(),
            "jobs": jobs if paths is None else [{**job, "paths": job["paths"][:paths]} for job in jobs],
        }

    def _stages(self) -> dict[str, Any]:
        latest = self._ingestion.staffing.samples
        return {
            name: {
                **asdict(one),
                "busy_share": one.busy_share,
                "busy": latest[name].busy if name in latest else 0.0,
                "fill": latest[name].fill if name in latest else 0.0,
                "per_second": round(self._rates.per_second(name), 1),
            }
            for name, one in self._ingestion.statistics().items()
        }
