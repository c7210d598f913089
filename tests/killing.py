"""The kill test: jobs are killed again and again, and the library comes out as if nothing had happened.

Photographs and texts are ingested, a model is added, captions are related, a model is removed. Kills the supervisor,
each kind of worker, or all at once with SIGKILL, at random moments and at named places (``aptl3.failpoints``), goes on
with the same command each time, and compares the library with that of an undisturbed run. A small run is among the
tests; the full one is

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from aptl3 import Library
from aptl3.errors import Aptl3Error, BadArgument
from aptl3.service.client import Client
from aptl3.storage.store import Store
from benchmarks.jobs import ended, stop

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
            found[f"{info.hash.hex()} words"] = store.words(media)
            found[f"{info.hash.hex()} captions"] = sorted(store.hashes(store.captions_of(media)))
            for model in store.models():
                if store.known_vectors(model.name, [media])[0][0]:
                    found[f"{info.hash.hex()} {model.name}"] = store.vectors_of(model.name, [media]).tobytes()
        found["failures"] = sorted((one.url, one.reason.value) for one in store.failures())
        found["counts"] = store.counts()
        found["models"] = sorted((model.name, model.fingerprint) for model in store.models())
        found["folders"] = sorted(path.name for path in store.layout.vectors.iterdir())
    return found


def _media(catalog: Path) -> list[int]:
    connection = sqlite3.connect(catalog)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM media")]
    finally:
        connection.close()


def plan(kills: int, chance: random.Random) -> list[list[str]]:
    """Victims for each request: every kind about equally often, in a random order, half of them while files are
    ingested; the queue is filled at the beginning only, and a removal is cut off between its commit and its files."""
    kinds = [*STAGES, "supervisor", "all", *FAILPOINTS[1:]]
    victims = [kinds[number % len(kinds)] for number in range(kills - 2)]
    chance.shuffle(victims)
    half, quarter = len(victims) // 2, len(victims) * 3 // 4
    return [[FAILPOINTS[0], *victims[:half]], victims[half:quarter], victims[quarter:], ["after-commit:2"]]


def process_tree(pid: int) -> list[psutil.Process]:
    try:
        supervisor = psutil.Process(pid)
        return [supervisor, *supervisor.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Request:
    """Something to be asked until it is done; each may be repeated. Returns the number of a job to follow, or None."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ingest(self, client: Client) -> int | None:
        return client.ingest([os.fspath(self.folder), "data:,a%20text%20in%20no%20file"])

    def add(self, client: Client) -> int | None:
        return int(client.ask("add_model", name="r-16", weights=None))

    def relate(self, client: Client) -> int | None:
        photographs = sorted(map(str, self.folder.rglob("*.jpg")))
        captions = [(path, f"caption {number}") for number, path in enumerate([*photographs, "/gone.jpg"])]
        client.ask("relate", name="captions", source="a test", captions=captions)
        return int(client.ask("fill"))

    def remove(self, client: Client) -> int | None:
        with suppress(BadArgument):  # it was removed before the kill
            client.ask("remove_model", name="efficientnet-lite0")
        return None

    def all(self) -> list[Callable[[Client], int | None]]:
        return [self.ingest, self.add, self.relate, self.remove]


class Killer:
    """Has the requests carried out in the library ``root`` one after the other, each until it is done, killing on the
    way what ``plan`` says for each."""

    def __init__(self, folder: Path, root: Path, plan: list[list[str]], chance: random.Random) -> None:
        self.requests, self.root, self.plan = Request(folder).all(), root, plan
        self.chance = chance
        self.report = Report()
        self.seen: set[psutil.Process] = set()
        self.targets: list[str] = []

    def run(self) -> Report:
        deadline = time.monotonic() + PATIENCE
        for request, targets in zip(self.requests, self.plan, strict=True):
            self.targets = targets
            done = False
            while not done and time.monotonic() < deadline:
                self.report.runs += 1
                target = self.targets[0] if self.targets else ""
                with environment(APTL3_FAILPOINT=target if ":" in target else ""):
                    done = self._once(request)
            if not done:
                self.report.problems.append(f"{request.__name__} is not done within {PATIENCE:.0f} s")
        self._leftovers()
        return self.report

    def _once(self, request: Callable[[Client], int | None]) -> bool:
        """One supervisor's life. True when the request was done."""
        try:
            with Client.start(self.root, create=True) as client:
                pid = int(client.ask("status")["pid"])
                self.seen.update(process_tree(pid))
                number = request(client)
                next_kill = time.monotonic() + self.chance.uniform(0.0, 0.4)
                job: dict[str, Any] = {"state": "done"}
                for document in client.follow(number) if number is not None else ():
                    job = document
                    self.seen.update(process_tree(pid))
                    while self.targets and time.monotonic() > next_kill and self._kill(pid, client):
                        next_kill = time.monotonic() + self.chance.uniform(0.02, 0.3)
            return bool(job["state"] == "done")
        except Aptl3Error:  # the supervisor is gone: the same command goes on
            ended(self.seen, 10)
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
        """Nobody may be there once the last supervisor was told to end; that it does by itself is `gui.killing`'s."""
        stop(self.root)
        self.report.problems += [f"process {one.pid} is left over" for one in ended(self.seen, 30)]


def kill_and_compare(folder: Path, work: Path, kills: int, seed: int) -> Report:
    """The whole test in the folder ``work``: an undisturbed run, a killed one, and what differs."""
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    chance = random.Random(seed)
    Killer(folder, work / "undisturbed", [[], [], [], []], chance).run()
    report = Killer(folder, work / "killed", plan(kills, chance), chance).run()
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
    from tests.photographs import make_folder, make_texts

    with tempfile.TemporaryDirectory(prefix="aptl3-kill-") as work:
        folder = Path(work) / "photographs"
        make_folder(folder, options.files, options.seed)
        make_texts(folder, options.files // 10)
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
