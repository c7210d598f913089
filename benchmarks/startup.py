"""How long a command takes until it has done its first work: warm, and with its files dropped from the page cache.

    python benchmarks/startup.py

In a library of some photographs, with no supervisor running: ``--help``, ``status``, ``search`` (by words, to the
hits), ``ingest`` until the first photograph is committed, as the catalog tells when looked at from outside, and a plain
Python for comparison. ``cold`` has the system forget the bytes of the environment, of the converted models and of the
library before each command; what another process has mapped stays, so an idle machine is colder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aptl3
from aptl3.config import cache_dir
from benchmarks import harness, jobs
from benchmarks.harness import Figure, interleaved
from benchmarks.machine import describe
from benchmarks.photos import make

ROUNDS = 7
PHOTOGRAPHS = 64  # in the library, and as many that a job adds
WORDS = "a cup of coffee"


def seconds(command: Sequence[str]) -> float:
    """From its start to its end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_commit(work: Path, folder: Path) -> float:
    """From the start of the command to the first photograph, in a new library."""
    return jobs.cold(Path(tempfile.mkdtemp(dir=work)) / "library", folder).first


def forget(folders: Iterable[Path]) -> None:
    """Has the system drop the bytes of all files below from its cache, but for those that a process has mapped."""
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                with suppress(OSError):
                    descriptor = os.open(os.path.join(place, name), os.O_RDONLY | os.O_NONBLOCK)
                    try:
                        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                    finally:
                        os.close(descriptor)


def ours(library: Path) -> list[Path]:
    """Where a command reads from: the standard library, the packages, aptl3 itself, models, the library."""
    paths = sysconfig.get_paths()
    package = Path(aptl3.__file__).parent
    return [Path(paths["stdlib"]), Path(paths["purelib"]), package, cache_dir(), library]


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--count", type=int, default=PHOTOGRAPHS, help="of photographs")
    parser.add_argument("--warm", action="store_true", help="leave the page cache of this machine alone")
    options = harness.parse(parser, argv, count=4, warm=True)
    with tempfile.TemporaryDirectory(prefix="aptl3-startup-") as made:
        work = Path(made)
        library = work / "library"
        make(work / "files", options.count)
        jobs.cold(library, work / "files")
        commands: dict[str, Callable[[], float]] = {
            "python -c pass": partial(seconds, ("-c", "pass")),
            "aptl3 --help": partial(seconds, ("-m", "aptl3", "--help")),
            "aptl3 status": partial(seconds, ("-m", "aptl3", "status", "-d", str(library))),
            "aptl3 search": partial(seconds, ("-m", "aptl3", "search", WORDS, "-d", str(library))),
            "aptl3 ingest, first photograph": partial(first_commit, work, work / "files"),
        }
        found = {"warm": interleaved(commands, options.rounds, warm_up=0 if options.tiny else 1)}
        if hasattr(os, "posix_fadvise") and not options.warm:

            def cold(command: Callable[[], float]) -> float:
                forget(ours(library))
                return command()

            found["cold"] = interleaved({name: partial(cold, one) for name, one in commands.items()}, options.rounds)
    figures = {how: {name: Figure.of(each, "s") for name, each in of.items()} for how, of in found.items()}
    print(f"{harness.headline(describe())}\n")
    head = [cell for how in figures for cell in (f"{how}, s", "")]
    rows = [(name, *(cell for of in figures.values() for cell in (of[name], of[name].spread))) for name in commands]
    print(harness.table(("", *head), rows))
    harness.keep(
        options.out,
        "startup",
        figures,
        lambda axes: harness.bars(axes, figures["warm"], "Start-up, warm: first work done"),
    )


if __name__ == "__main__":
    main()
