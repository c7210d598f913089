"""Where the parts of a library lie under its data folder.

Owns the names on disk; touches nothing. The folder of a model is its name with everything but letters, digits and
``_.-~`` percent-encoded, so that any name is one folder on any file system.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class Layout:
    """``root`` is the data folder."""

    root: Path

    @classmethod
    def of(cls, root: str | os.PathLike[str]) -> Layout:
        return cls(Path(os.path.abspath(root)))

    @property
    def catalog(self) -> Path:
        return self.root / "library.sqlite3"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    @property
    def vectors(self) -> Path:
        return self.root / "vectors"

    @property
    def indexes(self) -> Path:
        return self.root / "indexes"

    @property
    def alignments(self) -> Path:
        return self.root / "alignments"

    def alignment(self, file: str) -> Path:
        return self.alignments / file

    @property
    def evaluations(self) -> Path:
        return self.root / "evaluations"

    def model_folder(self, model: str) -> Path:
        return self.vectors / _folder_name(model)

    def segment(self, model: str, segment: int) -> Path:
        return self.model_folder(model) / segment_file(segment)

    def index_folder(self, model: str) -> Path:
        return self.indexes / _folder_name(model)

    def index_file(self, model: str, file: str) -> Path:
        return self.index_folder(model) / file


def segment_file(segment: int) -> str:
    return f"{segment:06d}"


def _folder_name(model: str) -> str:
    quoted = quote(model, safe="")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
