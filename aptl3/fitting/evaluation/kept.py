"""What an evaluation has measured, kept in the library's folder so that an interrupted one goes on where it was.

One JSON file a cell, ``evaluations/<key>.json``; the key covers all that the outcome depends on. Files are written
aside and renamed, so one that is there is whole; one that cannot be read is measured anew. A library that may only be
read is evaluated all the same, and keeps nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from aptl3.errors import LibraryReadOnly
from aptl3.fitting.evaluation.cell import Cell, Outcome
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout

UNUSED = 30 * 86400.0  # seconds after which an outcome that nobody asked for is dropped


class Kept:
    """The folder of kept outcomes of one library."""

    def __init__(self, layout: Layout) -> None:
        self.folder = layout.evaluations
        self._root = layout.root
        self._folder_mode, self._mode = modes(layout.catalog)

    def prepare(self) -> bool:
        """Makes the folder and drops what nobody asks for any more; False where nothing can be kept."""
        try:
            with translated(self._root):
                Files().make_folder(self.folder, self._folder_mode)
        except LibraryReadOnly:
            return False
        for path in self.folder.glob("*.json*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > UNUSED:
                    path.unlink()
        return os.access(self.folder, os.W_OK)

    def get(self, key: str, cell: Cell) -> Outcome | None:
        """What ``put`` kept under this key."""
        path = self._path(key)
        try:
            document = json.loads(path.read_text("ascii"))
            outcome = Outcome(
                cell,
                document["items"],
                np.array(document["ranks"], np.int64),
                np.array(document["clusters"], np.int64),
                np.array(document["angles"], np.float64),
                document["answers"],
                document["milliseconds"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return outcome

    def put(self, key: str, outcome: Outcome) -> None:
        """Keeps an outcome. Raises DiskFull."""
        document = {
            "cell": asdict(outcome.cell),
            "items": outcome.items,
            "answers": outcome.answers,
            "milliseconds": outcome.milliseconds,
            "ranks": outcome.ranks.tolist(),
            "clusters": outcome.clusters.tolist(),
            "angles": outcome.angles.tolist(),
        }
        path = self._path(key)
        aside = path.with_suffix(f".json-{os.getpid()}")
        with translated(self._root):
            handle = Files().create(aside, self._mode)
            try:
                Files().write(handle, json.dumps(document).encode("ascii"), 0)
            finally:
                Files().close(handle)
            os.replace(aside, path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
