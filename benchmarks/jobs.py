"""A job as a user has it: with workers that are up, by a command with nothing running, and the memory that it takes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from aptl3.errors import Aptl3Error
from aptl3.library import Library
from aptl3.service.client import Client
from benchmarks.machine import PeakMemory

_LOOK = 0.005  # seconds between two looks into the catalog
_END = 20.0  # seconds in which a supervisor has ended


@dataclass(frozen=True)
class Warm:
    """Files/s of a job whose workers were up, those that failed, and each stage's share of time busy."""

    rate: float
    failed: int
    busy: dict[str, float]


@dataclass(frozen=True)
class Cold:
    """Seconds from the command to its end, and to when the first file was committed, with nothing running before."""

    seconds: float
    first: float


def command(root: Path, folder: Path) -> list[str]:
    return [sys.executable, "-m", "aptl3", "ingest", str(folder), "-d", str(root), "--quiet"]


def warm(root: Path, warm_up: Path, folder: Path) -> Warm:
    """A job over ``folder`` right after one over ``warm_up``, in a new library at ``root``."""
    with Library(root) as library:
        library.ingest(warm_up)
        job = library.ingest(folder)
        with Client.start(root) as client:
            status = client.ask("status")
        stop(root)
    done = job.counts.added + job.counts.duplicates + job.counts.failed
    return Warm(
        done / job.seconds, job.counts.failed, {name: one["busy_share"] for name, one in status["stages"].items()}
    )


def cold(root: Path, folder: Path) -> Cold:
    """The command, in a new library at ``root``."""
    began = time.perf_counter()
    process = subprocess.Popen(command(root, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        first = committed(root, process) - began
        process.wait()
    finally:
        process.kill()
        process.wait()
    seconds = time.perf_counter() - began
    stop(root)
    return Cold(seconds, first)


def committed(root: Path, process: subprocess.Popen[bytes]) -> float:
    """When (``time.perf_counter()``) the catalog held its first medium: looked up from outside, by sqlite alone.

    Raises:
        RuntimeError: ``process`` ended and there is none.
    """
    while process.poll() is None:
        with suppress(sqlite3.OperationalError), closing(_catalog(root)) as catalog:  # else it is not there yet
            while process.poll() is None:
                if catalog.execute("SELECT 1 FROM media LIMIT 1").fetchone():
                    return time.perf_counter()
                time.sleep(_LOOK)
        time.sleep(_LOOK)
    raise RuntimeError(f"the job in {root} ended before a file was seen to be committed")


def _catalog(root: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{root / 'library.sqlite3'}?mode=ro", uri=True)


def peak_memory(root: Path, folder: Path) -> float:
    """MB (PSS) of the supervisor, its workers and the command that started them, in a new library at ``root``."""
    with PeakMemory() as memory:
        process = subprocess.Popen(command(root, folder), stdout=subprocess.DEVNULL)
        while process.poll() is None:
            client = Client.running(root)
            if client is not None:
                with client:
                    memory.roots.add(client.pid)
                process.wait()
            time.sleep(0.02)
    stop(root)
    return memory.peak / 1e6


def stop(root: Path) -> None:
    """Ends the supervisor of the library at ``root`` and waits until it has ended.

    Raises:
        TimeoutError: it has not.
    """
    client = Client.running(root)
    if client is None:
        return
    with client, suppress(Aptl3Error, psutil.NoSuchProcess):  # it goes by itself meanwhile
        supervisor = psutil.Process(client.pid)
        client.ask("stop")
        if left := ended([supervisor], _END):
            raise TimeoutError(f"the supervisor of {root} does not end: {left}")


def ended(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Waits until all have ended; returns those that have not within ``seconds``. A zombie has ended: the process that
    takes in orphans may look for them only every few seconds."""
    end = time.monotonic() + seconds
    left = [one for one in processes if _lives(one)]
    while left and time.monotonic() < end:
        time.sleep(_LOOK)
        left = [one for one in left if _lives(one)]
    return left


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
