"""The kill test: a job is killed again and again, and the library comes out as if nothing had happened.

Kills the supervisor, each kind of worker, or all at once with SIGKILL, at random moments and at named places
(``aptl3.failpoints``), goes on with the same command each time, and compares the library with that of an undisturbed
run. A small run is among the tests; the full one is

    python -m tests.killing --files 1000 --kills 40
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from aptl3 import Library
from aptl3.errors import Aptl3Error
from aptl3.service.client import Client
from aptl3.storage.store import Store

STAGES = ("loader", "decoder", "extractor", "thumbnailer", "writer")
FAILPOINTS = (  # with the pass at which the process dies: there is progress before it
    "queue-filling:3",
    "vector-append-middle:3",
    "vectors-synced:3",
    "before-commit:5",
    "after-commit:4",
    "message-middle:9",
)
PATIENCE = 300.0  # seconds without an end after which the run counts as hung


@dataclass
class Report:
    """What was done: kills by victim, runs until the job was done, and what is wrong in the end."""

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    problems: list[str] = field(default_factory=list)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Variables that the supervisor started inside, and its workers, inherit."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def contents(root: Path) -> dict[str, object]:
    """All of a library that must come out the same, whatever happened on the way. Vectors and thumbnails by content."""
    with Store.open(root) as store:
        found: dict[str, object] = {}
        for media in _media(store.layout.catalog):
            info = store.media_info(media)
            assert info is not None
            thumbnail = store.thumbnail(media)
            found[f"{info.hash.hex()} info"] = (info.size, info.picture)
            found[f"{info.hash.hex()} thumbnail"] = thumbnail and hashlib.sha256(thumbnail.jpeg).hexdigest()
            found[f"{info.hash.hex()} places"] = sorted(place.url for place in store.locations(media))
            for model in store.models():
                found[f"{info.hash.hex()} {model.name}"] = store.vectors_of(model.name, [media]).tobytes()
        found["failures"] = sorted((one.url, one.reason.value) for one in store.failures())
        found["counts"] = store.counts()
    return found


def _media(catalog: Path) -> list[int]:
    connection = sqlite3.connect(catalog)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM media")]
    finally:
        connection.close()


def process_tree(pid: int) -> list[psutil.Process]:
    try:
        supervisor = psutil.Process(pid)
        return [supervisor, *supervisor.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Killer:
    """Runs the job of ``folder`` into ``root`` until it is done, killing on the way."""

    def __init__(self, folder: Path, root: Path, kills: int, seed: int) -> None:
        self.folder, self.root = folder, root
        self.chance = random.Random(seed)
        self.report = Report()
        self.seen: set[psutil.Process] = set()
        self.targets = self._plan(kills)

    def _plan(self, kills: int) -> list[str]:
        """Every kind of victim about equally often, in a random order; the queue is filled at the beginning only."""
        kinds = [*STAGES, "supervisor", "all", *FAILPOINTS[1:]]
        plan = [kinds[number % len(kinds)] for number in range(kills - 1)]
        self.chance.shuffle(plan)
        return [FAILPOINTS[0], *plan]

    def run(self) -> Report:
        deadline = time.monotonic() + PATIENCE
        done = False
        while not done and time.monotonic() < deadline:
            self.report.runs += 1
            target = self.targets[0] if self.targets else ""
            with environment(APTL3_FAILPOINT=target if ":" in target else ""):
                done = self._once()
        if not done:
            self.report.problems.append(f"not done within {PATIENCE:.0f} s")
        self._leftovers()
        return self.report

    def _once(self) -> bool:
        """One supervisor's life. True when the job was done."""
        try:
            with Client.start(self.root, create=True) as client:
                pid = int(client.ask("status")["pid"])
                number = client.ingest([os.fspath(self.folder)])
                next_kill = time.monotonic() + self.chance.uniform(0.0, 0.4)
                job: dict[str, Any] = {}
                for document in client.follow(number):
                    job = document
                    self.seen.update(process_tree(pid))
                    while self.targets and time.monotonic() > next_kill and self._kill(pid, client):
                        next_kill = time.monotonic() + self.chance.uniform(0.02, 0.3)
            return bool(job["state"] == "done")
        except Aptl3Error:  # the supervisor is gone: the same command goes on
            psutil.wait_procs(list(self.seen), timeout=10)
            return False

    def _kill(self, pid: int, client: Client) -> bool:
        """The next kill of the plan; False when its victim is not there yet."""
        target = self.targets[0]
        status = client.ask("status")
        tree = process_tree(pid)
        if ":" in target:  # its process dies by itself at that place; then the supervisor goes, to end this environment
            died = any(stage["restarts"] for stage in status["stages"].values())
            victims = tree[:1] if died else []
        elif target in ("supervisor", "all"):
            victims = tree if target == "all" else tree[:1]
        else:
            victims = [process for process in tree if process.pid in status["pids"].get(target, ())][:1]
        if not victims:
            return False
        self.targets.pop(0)
        self.report.kills[target] += 1
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        return True

    def _leftovers(self) -> None:
        _, alive = psutil.wait_procs([one for one in self.seen if one.is_running()], timeout=30)
        self.report.problems += [f"process {one.pid} is left over" for one in alive]


def kill_and_compare(folder: Path, work: Path, kills: int, seed: int) -> Report:
    """The whole test in the folder ``work``: an undisturbed run, a killed one, and what differs."""
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    with Library(work / "undisturbed") as library:
        library.ingest(folder)
    report = Killer(folder, work / "killed", kills, seed).run()
    report.problems += [f"verify: {problem}" for problem in Library(work / "killed").verify()]
    expected, found = contents(work / "undisturbed"), contents(work / "killed")
    report.problems += [f"missing: {key}" for key in sorted(expected.keys() - found.keys())]
    report.problems += [f"too much: {key}" for key in sorted(found.keys() - expected.keys())]
    report.problems += [
        f"different: {key}" for key in sorted(expected.keys() & found.keys()) if expected[key] != found[key]
    ]
    if shared:
        report.problems += [f"shared memory left over: {name}" for name in set(os.listdir("/dev/shm")) - shared]
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from tests.photographs import make_folder

    with tempfile.TemporaryDirectory(prefix="aptl3-kill-") as work:
        folder = Path(work) / "photographs"
        make_folder(folder, options.files, options.seed)
        report = kill_and_compare(folder, Path(work), options.kills, options.seed)
    for victim, count in sorted(report.kills.items()):
        sys.stdout.write(f"{victim:24} killed {count}×\n")
    sys.stdout.write(f"{report.kills.total()} kills in {report.runs} runs over {options.files} files\n")
    sys.stdout.write(
        "\n".join(report.problems) + "\n" if report.problems else "the library is that of an undisturbed run\n"
    )
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
