"""Where the files of a model lie that is a folder of them: inside an installed package, or anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aptl3.errors import ModelUnavailable
from aptl3.models.source import package_folder, weights_file


class Folder(Protocol):
    """A folder that may not be there."""

    def file(self, name: str) -> Path:
        """The file of that name. ModelUnavailable when it is not there, with what to do."""


@dataclass(frozen=True)
class Packaged:
    """A folder inside the package ``module``, which ``distribution`` installs."""

    module: str
    distribution: str
    folder: str

    def file(self, name: str) -> Path:
        return weights_file(package_folder(self.module, self.distribution) / self.folder / name, self.distribution)


@dataclass(frozen=True)
class Local:
    """A folder of the user's, or of a hub's cache. ``model`` is for messages."""

    path: Path
    model: str

    def file(self, name: str) -> Path:
        found = self.path / name
        if not found.is_file():
            raise ModelUnavailable(f"The folder {self.path} holds no {name}: give one that holds all of {self.model}.")
        return found
