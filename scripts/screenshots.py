"""Pictures of the window in both themes: python scripts/screenshots.py [FOLDER] [--into docs/window] [--small].

Without FOLDER they are of the demo collection, the photographs that come inside installed packages. FOLDER holds COCO's
``train2017`` and ``annotations``: its captions are then what the page of quality is judged by. Where an ingestion is
watched, its photographs are distinct crops of these. The window is opened on a screen of its own (Xvfb), is asked for
things as a user asks, and what the screen shows is kept once all of it is there. Those in docs/window were made with
--small; without it every colour is kept, to be looked at closely.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from PIL import Image
from PyQt5 import sip
from PyQt5.QtCore import QEventLoop, QPoint
from PyQt5.QtGui import QCursor
from PyQt5.QtWidgets import QApplication

from aptl3 import Library
from aptl3.gui.application import make_application
from aptl3.gui.preferences import Preferences
from aptl3.gui.search.question import Part, Question
from aptl3.gui.theme import Choice, Theme
from aptl3.gui.window import MainWindow
from aptl3.media.samples import sample_photographs
from aptl3.records.relation import Caption
from aptl3.service.client import Client
from benchmarks.captions import captions_of
from benchmarks.screen import Screen

PATIENCE = 120.0  # seconds for one scene
SETTLED = 0.4  # seconds in which nothing is waited for any more, and what is animated comes to rest
COLOURS = (256, 192, 128)  # a quarter of the bytes, and hardly to be seen
LARGEST = 300_000  # bytes
CROPS = 1500  # photographs of an ingestion that is watched
THEMES = (Choice.LIGHT, Choice.DARK)


@dataclass(frozen=True)
class Collection:
    """What is shown: photographs, captions of them (file name, words), words to ask, and two photographs (file names)
    to ask with, besides other words."""

    paths: tuple[Path, ...]
    captions: tuple[tuple[str, str], ...]
    words: str
    also: str
    examples: tuple[str, str]


def demo() -> Collection:
    paths = tuple(map(Path, sample_photographs()))
    return Collection(paths, (), "a cup of coffee", "a vehicle", ("motorcycle_left.png", "rocket.jpg"))


def coco(folder: Path) -> Collection:
    captions = tuple((name, words) for words, name in captions_of(folder))
    names = sorted({name for name, _ in captions})
    paths = tuple(folder / "train2017" / name for name in names)
    return Collection(paths, captions, "a pizza on a table", "outside", (names[3], names[10]))


def crops(paths: Sequence[Path], folder: Path) -> None:
    """Distinct windows of photographs, each at least half as high as its whole, mirrored or not."""
    rng = np.random.default_rng(1)
    originals = [picture for path in paths if (picture := cv2.imread(str(path))) is not None]
    folder.mkdir()
    for number in range(CROPS):
        whole = originals[number % len(originals)]
        high, wide = (int(side * rng.uniform(0.5, 1.0)) for side in whole.shape[:2])
        top, left = int(rng.integers(whole.shape[0] - high + 1)), int(rng.integers(whole.shape[1] - wide + 1))
        window = whole[top : top + high, left : left + wide]
        window = window[:, ::-1] if rng.random() < 0.5 else window
        cv2.imwrite(str(folder / f"IMG_{number:04}.jpg"), window)


class Studio:
    """Opens windows over libraries in the folder ``home``, and takes their pictures; ``small``: with few colours."""

    def __init__(self, collection: Collection, home: Path, into: Path, small: bool = False) -> None:
        self.collection, self.home, self.into, self.small = collection, home, into, small
        self.taken: list[Path] = []
        self.application = make_application()
        self.pictures, self.watched, self.filled = home / "Pictures", home / "Holidays", home / "library"

    def run(self) -> None:
        self._fill()
        for choice in THEMES:
            self._begin(choice)
            self._search(choice)
        for path in self.taken if self.small else ():
            shrink(path)

    def _fill(self) -> None:
        """A library in which all has been read, and one file could not be; and what is still to be read."""
        self.pictures.mkdir()
        for path in self.collection.paths:
            shutil.copy(path, self.pictures)
        (self.pictures / "scan of a letter.jpg").write_bytes(b"this is no photograph")
        with Library(self.filled) as library:
            library.ingest(self.pictures)
            if self.collection.captions:
                captions = [Caption(str(self.pictures / name), text) for name, text in self.collection.captions]
                library.relate("captions", captions, "COCO")
        crops(self.collection.paths, self.watched)

    def _begin(self, choice: Choice) -> None:
        """The first start, and what one sees while photographs are read."""
        root = self.home / f"begun-{choice.value}"
        window = self._open(root, choice)
        until("the first page", window.desk.first.isVisible)
        self._take(window, "first-start")
        window.service.add([str(self.watched)])
        until("a third of it", lambda: len(window.grid.media) > CROPS / 3 and "left" in window.desk.bar.how.text())
        until("all tiles in sight", lambda: faces(window))
        self._take(window, "reading")
        window.show_page("pipeline")
        until("what holds the others back", lambda: "busy" in window.desk.pipeline.hint.text())
        self._take(window, "pipeline")
        window.leave()
        client = Client.running(root)
        if client is not None:
            with client:
                client.ask("stop")
        shutil.rmtree(root, ignore_errors=True)

    def _search(self, choice: Choice) -> None:
        """What one finds, and what is told of it."""
        window, asked = self._open(self.filled, choice), self.collection
        until("the library", lambda: len(window.grid.media) > 0 and faces(window))
        window.finding.asking.ask(Question((Part(words=asked.words),)))
        self._answered(window)
        self._take(window, "words")
        window.grid.go_to(int(window.grid.media[0]))
        pane = window.finding.pane
        until("the details", lambda: pane.near.isVisible() and pane.picture.image is not None)
        self._take(window, "details")
        examples = [self._media(window, part) for part in asked.examples]
        parts = (Part(words=asked.also), *(Part(example=one) for one in examples))
        window.finding.asking.ask(Question(parts))
        self._answered(window)
        self._take(window, "words-and-photographs")
        window.show_page("failures")
        until("the failure", lambda: len(window.desk.failures.model.rows) == 1)
        window.desk.failures.table.selectRow(0)
        self._take(window, "failures")
        if asked.captions:
            self._judge(window)
        window.leave()

    def _judge(self, window: MainWindow) -> None:
        window.show_page("quality")
        page = self._quality(window)
        until("what is known of quality", lambda: page.measure.isVisible() or page.chart.isVisible())
        if page.measure.isVisible():
            page.measure.click()
        until("the measured quality", page.chart.isVisible)
        self._take(window, "quality")

    @staticmethod
    def _quality(window: MainWindow) -> Any:
        return window.pages.currentWidget()

    def _open(self, root: Path, choice: Choice) -> MainWindow:
        theme = Theme(self.application, choice)
        window = MainWindow(root, Preferences(self.home / f"{choice.value}.ini"), theme)
        screen = QApplication.primaryScreen()
        assert screen is not None
        window.setGeometry(screen.geometry())
        QCursor.setPos(QPoint(screen.geometry().width() - 2, 2))  # nothing is under the pointer
        window.show()
        window.start()
        return window

    def _answered(self, window: MainWindow) -> None:
        until("the answer", lambda: not window.browsing.everything and len(window.grid.media) and faces(window))
        rest()

    def _media(self, window: MainWindow, name: str) -> int:
        """The media item whose file is called so."""
        with Library(self.filled) as library:
            media = library.store.media_at(str(self.pictures / name))
        assert media is not None
        return media

    def _take(self, window: MainWindow, name: str) -> None:
        rest()
        screen = window.screen()
        assert screen is not None
        path = self.into / f"{name}-{window.theme.choice.value}.png"
        if not screen.grabWindow(sip.voidptr(0)).save(str(path), "PNG", 0):  # as small as can be
            raise SystemExit(f"{path} cannot be written")
        self.taken.append(path)
        sys.stdout.write(f"{path}\n")


def shrink(path: Path) -> None:
    """Keeps as few colours as it takes; which ones, is settled by k-means."""
    with Image.open(path) as opened:
        whole = opened.convert("RGB")
    for colours in COLOURS:
        whole.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            return


def faces(window: MainWindow) -> bool:
    """Whether all pictures in sight are at hand."""
    port = window.grid.viewport()
    assert port is not None
    seen = [int(one) for one in window.grid.media[:200] if window.grid.tile_rect(int(one)).intersects(port.rect())]
    return all(window.thumbnails.get(one) is not None for one in seen)


def until(what: str, holds: Callable[[], Any]) -> None:
    """Lets the window go on until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"it did not come to {what}")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def rest() -> None:
    """Lets the window come to rest."""
    end = time.monotonic() + SETTLED
    until("an end", lambda: time.monotonic() > end)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="COCO's photographs and captions, instead of the demo")
    parser.add_argument("--into", type=Path, default=Path("docs") / "window")
    parser.add_argument("--size", default="1280x800", help="of the screen, in pixels")
    parser.add_argument("--small", action="store_true", help="with few colours, for documents")
    parser.add_argument("--here", action="store_true", help="on the screen that there is")
    given = parser.parse_args()
    if not given.here:
        width, height = map(int, given.size.split("x"))
        with Screen((width, height)) as screen:
            environment = {**screen.environment, "LANGUAGE": "en", "LC_ALL": "C.UTF-8"}
            environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
            sys.exit(subprocess.run([sys.executable, *sys.argv, "--here"], env=environment).returncode)
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="home-") as home:
        Studio(coco(given.folder) if given.folder else demo(), Path(home), given.into, given.small).run()
    sys.stdout.flush()
    os._exit(0)  # Qt's last objects need no end of their own


if __name__ == "__main__":
    main()
