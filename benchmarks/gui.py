"""How quick the window is with a library of a million items, beside what was promised.

    python benchmarks/gui.py [--library FOLDER] [--count 1000000] [--json gui.json]

Makes the library when it is not there (``scripts/make_library.py``, some minutes, 16 GB), then opens ``aptl3 gui``
on a screen of its own (Xvfb; without it, Qt's platform "offscreen") again and again: started anew, scrolled through
from end to end, asked for words. Of starts, searches and rounds of scrolling the median is judged and the worst one is
told: on a machine that others use, that is theirs. Pauses are judged by how much longer they are than those of the same
window while it is idle. ``cold``: the first start after the catalog was dropped from the page cache.

Exits with 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import describe
from benchmarks.screen import Screen, available

HERE = Path(__file__).resolve().parent
STARTS = 7
DEADLINE = 600.0  # seconds for one window


@dataclass(frozen=True)
class Figure:
    """What was measured, and the most that it may be; None: it is only told."""

    name: str
    value: float
    limit: float | None
    unit: str
    note: str = ""

    @property
    def held(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"≤ {self.limit:g}"
        verdict = "" if self.limit is None else "yes" if self.held else "NO"
        return f"{self.name:44} {self.value:9.1f} {self.unit:3} {limit:>7} {verdict:4} {self.note}"


def opened(what: str, library: Path, environment: dict[str, str]) -> dict[str, Any]:
    """One life of the window; what it noted."""
    command = [sys.executable, str(HERE / "window.py"), what, str(library), repr(time.time())]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=DEADLINE, check=True)
    notes: dict[str, Any] = json.loads(done.stdout)
    return notes


def forget(library: Path) -> bool:
    """Drops the catalog from the page cache. False where the system does not do that."""
    if not hasattr(os, "posix_fadvise"):
        return False
    for path in library.glob("library.sqlite3*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def starts(library: Path, environment: dict[str, str]) -> tuple[list[Figure], list[str]]:
    """From the start of the process until something is on the screen; and which models were loaded by then."""
    cold = opened("start", library, environment)["painted"] if forget(library) else None
    each = [opened("start", library, environment) for _ in range(STARTS)]
    figures = []
    for name, limit in (("window", None), ("tiles", None), ("first row of pictures", None), ("page of pictures", 1500)):
        times = [notes["painted"][name] for notes in each]
        note = f"of {STARTS} starts; slowest {max(times):.0f}" + (f", cold {cold[name]:.0f}" if cold else "")
        figures.append(Figure(f"first paint: {name}", median(times), limit, "ms", note))
    return figures, sorted({name for notes in each for name in notes["models"]})


def scrolling(library: Path, environment: dict[str, str]) -> tuple[list[Figure], list[str]]:
    """Pauses while everything is scrolled through, and the memory after that."""
    notes = opened("scroll", library, environment)
    pauses = {name: list(zip(*rounds, strict=True)) for name, rounds in notes["pauses"].items()}
    idle = median(pauses.pop("idle")[0])
    figures = [Figure("longest pause: idle", idle, None, "ms", f"{notes['media']:,} items shown")]
    for name, (whole, own) in pauses.items():
        note = f"{median(whole):.1f} in all, longest {max(whole):.1f}, of it own work at most {max(own):.1f}"
        figures.append(Figure(f"longest pause: {name}, over idle", median(whole) - idle, 50, "ms", note))
    figures.append(memory("memory after scrolling", notes, 400))
    return figures, notes["models"]


def searches(library: Path, environment: dict[str, str]) -> list[Figure]:
    """From Return until the first row of thumbnails is painted."""
    notes = opened("search", library, environment)
    first, *each = notes["searches"]
    rows, answers = ([one[what] for one in each] for what in ("row", "answer"))
    note = f"of {len(each)} questions; slowest {max(rows):.0f}, without pictures {median(answers):.0f}"
    pauses = [max(one["pause"] for one in some) for some in (each, [first])]
    return [
        Figure("search by words: first row of pictures", median(rows), 150, "ms", note),
        Figure("the first search, which loads the models", first["row"], None, "ms"),
        Figure("longest pause: searching", pauses[0], None, "ms", f"{pauses[1]:.1f} while the models are loaded"),
        memory("memory after searching, with the models", notes, None),
    ]


def memory(name: str, notes: dict[str, Any], limit: float | None) -> Figure:
    """Resident memory, but for the library's own files, which are mapped: that is the page cache's."""
    mapped = notes["memory"]["mapped"] / 1e6
    return Figure(name, notes["memory"]["resident"] / 1e6, limit, "MB", f"and {mapped:.0f} of vectors and index mapped")


def measured(library: Path) -> tuple[list[Figure], list[str]]:
    """All of it, printed as it comes; and the models that were loaded before anything was searched for."""
    figures: list[Figure] = []

    def tell(more: list[Figure]) -> None:
        figures.extend(more)
        for figure in more:
            print(figure, flush=True)

    with contextlib.ExitStack() as stack:
        if available():
            environment = stack.enter_context(Screen()).environment
        else:
            environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        environment["APTL3_CONFIG_DIR"] = stack.enter_context(tempfile.TemporaryDirectory())
        environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
        begun, early = starts(library, environment)
        tell(begun)
        scrolled, late = scrolling(library, environment)
        tell(scrolled)
        tell(searches(library, environment))
    return figures, sorted({*early, *late})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="instead of one that is made for this")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "aptl3-benchmark-gui")
    parser.add_argument("--json", type=Path, default=Path("gui.json"))
    given = parser.parse_args()
    library = given.library or given.work / f"library-{given.count}"
    if not (library / "library.sqlite3").exists():
        subprocess.run(
            [sys.executable, HERE.parent / "scripts" / "make_library.py", library, "--count", str(given.count)],
            check=True,
        )
    figures, models = measured(library)
    print(f"models loaded before the first search: {', '.join(models) or 'none'}")
    document = {"machine": describe(), "figures": [asdict(figure) for figure in figures], "models": models}
    given.json.write_text(json.dumps(document, indent=1), "utf-8")
    return 0 if all(figure.held for figure in figures) and not models else 1


if __name__ == "__main__":
    sys.exit(main())
