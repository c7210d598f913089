"""How a library is ingested on a machine that was measured: what ``aptl3 tune`` keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import inf, isfinite
from typing import Any

from aptl3.config import MIB, STAGES, Machine, Settings

KEY = "tuning"  # of the library's setting
MOST = {"workers": 256, "batch": 4096, "open_items": 1 << 20}  # far above what serves any machine


@dataclass(frozen=True)
class Tuning:
    """``settings`` are those that were chosen on ``machine``, ``reason`` says what holds the rate down, ``per_second``
    is that rate, in files, ``when`` is ISO 8601 in UTC."""

    settings: Settings
    machine: Machine
    when: str
    per_second: float
    reason: str

    def unfit(self, machine: Machine) -> str | None:
        """Why it is not used on this machine, None when it is: it belongs to the one that was measured, as far as
        processor, cores and GPU tell. Memory may be less than it was: a container's is what it is given."""
        ours, theirs = self.machine, machine
        if (ours.cores, ours.cuda, ours.processor) != (theirs.cores, theirs.cuda, theirs.processor):
            return f"measured on another machine ({ours.processor} with {ours.cores} cores)"
        return "they ask for more memory than there is" if self.settings.open_bytes > machine.memory else None

    def applied(self, settings: Settings) -> Settings:
        """``settings`` with what is tuned."""
        tuned = self.settings
        return replace(
            settings,
            workers={**settings.workers, **tuned.workers},
            batch={**settings.batch, **tuned.batch},
            extractor_threads=tuned.extractor_threads,
            open_items=tuned.open_items,
            open_bytes=tuned.open_bytes,
            cores=tuned.cores,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def encode(self) -> str:
        return json.dumps(self.as_json())

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tuning:
        """What ``as_json`` gave. KeyError, TypeError or ValueError when it is something else."""
        fields = dict(document)
        settings, machine = Settings(**fields.pop("settings")), Machine(**fields.pop("machine"))
        tuning = cls(settings=settings, machine=machine, **fields)
        if not (isinstance(tuning.when, str) and isinstance(tuning.reason, str) and isinstance(machine.processor, str)):
            raise ValueError("a text is none")
        if not isfinite(tuning.per_second) or type(machine.cuda) is not bool or set(settings.workers) != set(STAGES):
            raise ValueError("no rate, no answer, or stages that there are not")
        bounds = [(machine.cores, inf), (machine.memory, inf), (settings.open_items, MOST["open_items"])]
        bounds += [(settings.workers[stage], 1 if stage == "writer" else MOST["workers"]) for stage in STAGES]
        bounds += [(settings.batch[stage], MOST["batch"]) for stage in STAGES]
        bounds += [(settings.extractor_threads, machine.cores), (settings.open_bytes // MIB, machine.memory // MIB)]
        bounds += [] if settings.cores is None else [(settings.cores, machine.cores)]
        if not all(type(count) is int and 1 <= count <= most for count, most in bounds):
            raise ValueError("counts must be whole and positive, and no more than a machine can serve")
        return tuning

    @classmethod
    def decode(cls, text: str | None) -> Tuning | None:
        """What ``encode`` gave; None where nothing is kept, or what is kept (damaged, or by another version of aptl3)
        makes no sense: then the machine's defaults serve."""
        try:
            return None if text is None else cls.from_json(json.loads(text))
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            return None


def told(text: str, machine: Machine) -> dict[str, Any]:
    """For ``status``: what ``text`` keeps as far as it can be understood, and ``unfit``: why it is not used on this
    machine, None when it is."""
    tuning = Tuning.decode(text)
    if tuning is None:
        return {"unfit": "they make no sense"}
    return {**tuning.as_json(), "unfit": tuning.unfit(machine)}
