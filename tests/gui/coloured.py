"""A library of coloured pictures in files, and toy models that know their colours, for a window that searches."""

from __future__ import annotations

from pathlib import Path

from aptl3.gui.searching import Engine
from aptl3.search.searcher import Searcher
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer
from tests.search.conftest import NAMES, Opened, add, mixed, paint


class Coloured:
    """``folder`` holds red.png, green.png, blue.png and 20 of mixed colours; ``media`` are their ids by these names."""

    def __init__(self, root: Path, folder: Path, writer: Writer) -> None:
        folder.mkdir()
        self.root, self.folder, self.writer = root, folder, writer
        paths = [paint(folder / f"{name}.png", colour) for name, colour in NAMES.items()]
        paths += [paint(folder / f"mixed {n}.png", colour) for n, colour in enumerate(mixed(20))]
        self.media = {path.stem: media for path, media in zip(paths, add(writer, *paths), strict=True)}
        self.models = Opened()

    def open(self) -> Engine:
        """As ``Engine.open`` does."""
        store = Store.open(self.root)
        return Engine(store, Searcher(store, self.root, embedders=self.models.embedders()))
