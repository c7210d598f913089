"""How quick the window is with a library of a million items, beside what was promised.

    python benchmarks/gui.py [--library FOLDER] [--count 1000000]

Makes the library when it is not there (``scripts/make_library.py``, some minutes, 16 GB), then opens ``aptl3 gui``
on a screen of its own (Xvfb; without it, Qt's platform "offscreen") again and again: started anew, scrolled through
from end to end, asked for words. Medians are judged, and the worst is told: on a machine that others use, that is
theirs. Pauses are judged by how much longer they are than those of the same window while it is idle. "cold": after the
library's files were dropped from the page cache.

Memory is the resident memory of the window's process (RSS), shared libraries and all. What it has mapped of the
library's own files is the page cache's and told by itself; but "at rest", ten seconds after the last question, nothing
is left out. "PSS" is the same, with a page that others use too counted as their share.

Exits with 1 when a limit is missed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import harness
from benchmarks.harness import Figure
from benchmarks.machine import describe
from benchmarks.screen import Screen, available
from benchmarks.startup import forget

HERE = Path(__file__).resolve().parent
ROUNDS = 7  # starts
DEADLINE = 600.0  # seconds for one window


@dataclass(frozen=True)
class Told:
    """What was measured, and the most that its median may be; None: it is only told."""

    name: str
    figure: Figure
    limit: float | None = None
    note: str = ""

    @property
    def held(self) -> bool:
        return self.limit is None or self.figure.median <= self.limit

    @property
    def share(self) -> Figure:
        """How much of the limit it takes."""
        assert self.limit
        one, percent = self.figure, 100 / self.limit
        return Figure(percent * one.median, percent * one.min, percent * one.max, one.runs, "% of what it may be")

    def __str__(self) -> str:
        verdict = "" if self.limit is None else f"≤ {self.limit:g} {'yes' if self.held else 'NO'}"
        spread = f"to {self.figure.max:.1f} in {self.figure.runs}" if self.figure.runs > 1 else ""
        value = f"{self.figure.median:7.1f} {self.figure.unit:3}"
        return f"{self.name:48} {value} {verdict:10} {spread:16} {self.note}".rstrip()


@dataclass(frozen=True)
class Window:
    """Lives of the window over ``library``, ``tiny`` ones for tests."""

    library: Path
    environment: dict[str, str]
    tiny: bool

    def live(self, what: str) -> dict[str, Any]:
        """One life; what it noted."""
        options = ["--tiny"] if self.tiny else []
        command = [sys.executable, str(HERE / "window.py"), what, str(self.library), repr(time.time()), *options]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, timeout=DEADLINE, check=True)
        notes: dict[str, Any] = json.loads(done.stdout)
        return notes

    def live_cold(self, what: str) -> dict[str, Any] | None:
        """The same, the library's files dropped from the page cache; None where the system does not do that, and of
        tiny ones."""
        if self.tiny or not hasattr(os, "posix_fadvise"):
            return None
        forget([self.library])
        return self.live(what)


def starts(window: Window, rounds: int) -> Iterator[Told]:
    """From the start of the process until something is on the screen; and which models were loaded by then."""
    cold = window.live_cold("start")
    each = [window.live("start") for _ in range(rounds)]
    for name, limit in (("window", None), ("tiles", None), ("first row of pictures", None), ("page of pictures", 1500)):
        note = f"cold {cold['painted'][name]:.0f}" if cold else ""
        yield _told(f"first paint: {name}", [notes["painted"][name] for notes in each], "ms", limit, note)
    yield _told("models loaded by then", [len(notes["models"]) for notes in each], "", 0)


def scrolling(window: Window) -> Iterator[Told]:
    """Pauses while everything is scrolled through, and the memory after that."""
    notes = window.live("scroll")
    pauses = {name: list(zip(*rounds, strict=True)) for name, rounds in notes["pauses"].items()}
    idle = _told("longest pause: idle", pauses.pop("idle")[0], "ms", None, f"{notes['media']:,} items shown")
    yield idle
    for name, (whole, own) in pauses.items():
        note = f"own work at most {max(own):.1f}"
        yield _told(f"longest pause: {name}, over idle", [one - idle.figure.median for one in whole], "ms", 50, note)
    yield from memory("memory after scrolling", notes, 400)
    yield _told("models loaded by then", [len(notes["models"])], "", 0)


def searches(window: Window) -> Iterator[Told]:
    """From Return until the first row of thumbnails is painted."""
    notes = window.live("search")
    first, *each = notes["searches"]
    answers = Figure.of([one["answer"] for one in each], "ms")
    rows = [one["row"] for one in each]
    yield _told("search by words: first row of pictures", rows, "ms", 150, f"without pictures {answers.median:.1f}")
    yield _told("the first search, which loads the models", [first["row"]], "ms")
    yield _told("the first search after ten seconds' rest", [notes["rested"]["row"]], "ms")
    yield _told("longest pause: searching", [one["pause"] for one in each], "ms")
    yield _told("longest pause: loading the models", [first["pause"]], "ms")
    yield from memory("memory after searching, with the models", notes)
    cold = window.live_cold("search")
    if cold is not None:
        first, *each = cold["searches"]
        yield _told("search by words, cold: first row of pictures", [one["row"] for one in each], "ms")
        yield _told("the first search, cold, which loads the models", [first["row"]], "ms")


def memory(name: str, notes: dict[str, Any], limit: float | None = None) -> Iterator[Told]:
    used, rest = notes["memory"], notes["memory at rest"]
    yield _told(name, [used["resident"] / 1e6], "MB", limit, f"and {used['mapped'] / 1e6:.0f} of the library mapped")
    note = f"PSS {rest['pss'] / 1e6:.0f}"
    yield _told(f"{name}, at rest", [(rest["resident"] + rest["mapped"]) / 1e6], "MB", limit, note)


def _told(name: str, values: Sequence[float], unit: str, limit: float | None = None, note: str = "") -> Told:
    return Told(name, Figure.of(values, unit), limit, note)


def measured(window: Window, rounds: int) -> list[Told]:
    """All of it, printed as it comes."""
    found = []
    parts: tuple[Callable[[], Iterator[Told]], ...] = (
        lambda: starts(window, rounds),
        lambda: scrolling(window),
        lambda: searches(window),
    )
    for part in parts:
        for told in part():
            print(told, flush=True)
            found.append(told)
    return found


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """The environment of a window that nobody sees, and that remembers nothing of others."""
    with contextlib.ExitStack() as stack:
        if available():
            environment = stack.enter_context(Screen()).environment
        else:
            environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        environment["APTL3_CONFIG_DIR"] = stack.enter_context(tempfile.TemporaryDirectory())
        environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        yield environment


def main(argv: Sequence[str] | None = None) -> int:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--library", type=Path, help="instead of one that is made for this")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "aptl3-benchmark-gui")
    given = harness.parse(parser, argv, count=300)
    library = given.library or given.work / f"library-{given.count}"
    if not (library / "library.sqlite3").exists():
        subprocess.run(
            [sys.executable, HERE.parent / "scripts" / "make_library.py", library, "--count", str(given.count)],
            check=True,
        )
    print(f"{harness.headline(describe())}\n")
    with screen() as environment:
        found = measured(Window(library, environment, given.tiny), given.rounds)
    shares = {told.name: told.share for told in found if told.limit}
    title = f"The window with {given.count:,} items"
    harness.keep(given.out, "gui", {"told": found}, lambda axes: harness.bars(axes, shares, title))
    return 0 if given.tiny or all(told.held for told in found) else 1


if __name__ == "__main__":
    sys.exit(main())
