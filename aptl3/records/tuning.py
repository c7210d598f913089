"""How a library is ingested on a machine that was measured: what ``aptl3 tune`` keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from aptl3.config import STAGES, Machine, Settings

KEY = "tuning"  # of the library's setting


@dataclass(frozen=True)
class Tuning:
    """``settings`` are those that were chosen on ``machine``, ``reason`` says what holds the rate down, ``per_second``
    is that rate, in files, ``when`` is ISO 8601 in UTC."""

    settings: Settings
    machine: Machine
    when: str
    per_second: float
    reason: str

    def of(self, machine: Machine) -> bool:
        """Whether it was measured on this machine, as far as its processor, cores and GPU tell."""
        ours, theirs = self.machine, machine
        return (ours.cores, ours.cuda, ours.processor) == (theirs.cores, theirs.cuda, theirs.processor)

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
        settings = Settings(**fields.pop("settings"))
        counts = [settings.workers[stage] for stage in STAGES] + [settings.batch[stage] for stage in STAGES]
        counts += [settings.extractor_threads, settings.open_items, settings.open_bytes, settings.cores or 1]
        if min(counts) < 1 or settings.workers["writer"] != 1:
            raise ValueError("counts must be positive, and there is one writer")
        return cls(settings=settings, machine=Machine(**fields.pop("machine")), **fields)

    @classmethod
    def decode(cls, text: str | None) -> Tuning | None:
        """What ``encode`` gave; None where nothing is kept, or what another version of aptl3 has kept is not
        understood: then the machine's defaults serve."""
        try:
            return None if text is None else cls.from_json(json.loads(text))
        except (KeyError, TypeError, ValueError):
            return None
