from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from aptl3 import Library
from aptl3.cli import aptl3
from aptl3.config import runtime_dir
from aptl3.errors import ServiceHung, ServiceUnavailable
from aptl3.records.job import JobState
from aptl3.service import hung
from aptl3.service.client import Client
from aptl3.service.hung import end_hung
from aptl3.service.protocol import BACKLOG, LOCK, Lines, connect, private_folder
from aptl3.storage.lock import WriterLock

HOLD = (
    "import sys; from pathlib import Path; from aptl3.storage.lock import WriterLock; "
    "lock = WriterLock(Path(sys.argv[1])); "
)


def test_a_supervisor_that_hangs_is_told_from_none_and_ended_at_a_word(
    library: Library, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client.start(library.root, create=True) as client:
        process = psutil.Process(client.pid)
    process.suspend()
    with pytest.raises(ServiceHung, match="serve --stop"):
        Client.running(library.root, within=0.1)
    monkeypatch.setattr(Client, "running", partial(Client.running, within=0.1))
    said = CliRunner().invoke(aptl3, ["serve", "-d", str(library.root), "--stop"]).output
    assert "did not answer" in said
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    monkeypatch.undo()
    assert library.ingest(photographs).state is JobState.DONE


@pytest.mark.skipif(os.name != "posix", reason="Windows lets in as many as there is memory for")
def test_one_that_lets_nobody_in_any_more_hangs(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        process = psutil.Process(client.pid)
    process.suspend()
    folder = runtime_dir(library.root)
    with ExitStack() as stack:
        with pytest.raises(BlockingIOError):
            for _ in range(2 * BACKLOG):
                stack.enter_context(connect(folder, within=0.0))
        with pytest.raises(ServiceHung):
            Client.running(library.root, within=0.001)
        end_hung(library.root)
    assert not WriterLock(folder / LOCK).held()


def test_a_crowd_at_a_supervisor_that_is_busy_is_let_in(library: Library) -> None:
    """Each has connected before the supervisor lets in the first."""
    with Client.start(library.root, create=True) as client, ExitStack() as stack:
        folder, process = runtime_dir(library.root), psutil.Process(client.pid)
        process.suspend()
        try:
            sockets = [stack.enter_context(connect(folder, within=0.0)) for _ in range(40)]
        finally:
            process.resume()
        for sock in sockets:
            assert Client(Lines(sock), folder / "service.log").ask("status")["pid"] == client.pid


def test_who_is_ended_is_asked_of_the_system_and_not_of_a_file(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        process = psutil.Process(client.pid)
    process.suspend()
    lock = runtime_dir(library.root) / LOCK
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as another:
        lock.write_text(str(another.pid))
        end_hung(library.root)
        assert another.poll() is None
        another.communicate()
    assert not WriterLock(lock).held()


@pytest.mark.parametrize("noted", ["{another}", "0", "-1", "1", "{own}", "9" * 30])
def test_a_note_alone_ends_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noted: str) -> None:
    """The lock is held by a process that is no supervisor, and the note in it is of anybody."""
    lock = private_folder(runtime_dir(tmp_path)) / LOCK
    code = f"{HOLD}lock.acquire(); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as another:
        assert another.stdout is not None and another.stdout.readline()
        lock.write_text(noted.format(another=another.pid, own=os.getpid()))
        monkeypatch.setattr(os, "kill", None)  # nothing may try
        with pytest.raises(ServiceUnavailable, match="cannot be told"):
            end_hung(tmp_path)
        monkeypatch.undo()
        assert another.poll() is None
        another.communicate()


@pytest.mark.parametrize(
    ("command", "serves"),
    [
        (["python", "-c", "from aptl3.service.process import main", "/library", "", "job"], True),
        (["/bin/aptl3", "serve", "-d", "/library"], True),
        (["/bin/aptl3", "serve", "-d", "/library", "--stop"], False),
        (["/bin/aptl3", "search", "dogs"], False),
        (["httpd", "serve"], False),
        ([], False),
    ],
)
def test_a_supervisor_is_known_by_its_command(command: list[str], serves: bool) -> None:
    assert hung._serves(command) is serves


def test_nobody_is_ended_who_does_not_hold_the_lock(tmp_path: Path) -> None:
    lock = runtime_dir(tmp_path) / LOCK
    lock.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as another:
        lock.write_text(str(another.pid))  # as a supervisor of old left it
        end_hung(tmp_path)
        assert another.poll() is None
        another.communicate()
