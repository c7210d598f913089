from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from aptl3 import Library
from aptl3.cli import aptl3
from aptl3.config import runtime_dir
from aptl3.errors import ServiceHung
from aptl3.records.job import JobState
from aptl3.service.client import Client
from aptl3.service.hung import end_hung
from aptl3.service.protocol import LOCK


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


def test_one_that_lets_nobody_in_any_more_hangs(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        process = psutil.Process(client.pid)
    process.suspend()
    for _ in range(40):  # more than may wait
        with pytest.raises(ServiceHung):
            Client.running(library.root, within=0.001)
    end_hung(library.root)


def test_nobody_is_ended_who_does_not_hold_the_lock(tmp_path: Path) -> None:
    lock = runtime_dir(tmp_path) / LOCK
    lock.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as another:
        lock.write_text(str(another.pid))  # as a supervisor of old left it
        end_hung(tmp_path)
        assert another.poll() is None
        another.communicate()
