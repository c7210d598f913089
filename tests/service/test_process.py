"""The supervisor's process: how it starts, what it loads, where it imports from, how it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aptl3 import Library
from aptl3.records.job import JobState
from aptl3.service.client import Client
from tests.conftest import stop
from tests.photographs import make_folder, make_photograph


def test_a_supervisor_loads_little_and_has_one_thread() -> None:
    """What takes long to load is for workers, and a process with threads cannot be forked."""
    heavy = {"numpy", "cv2", "psutil", "simplejpeg", "torch", "openvino"}
    code = f"import sys, threading, aptl3.service.process; print({heavy} & set(sys.modules), threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "1"]


def test_workers_that_start_when_the_catalog_is_open_can_open_it_too(library: Library, photographs: Path) -> None:
    with Client.start(library.root, create=True) as client:
        client.ask("stop")
    stop(library.root)
    with Client.start(library.root) as client:  # nothing is to be done yet: no worker but the writer
        assert client.ask("status")["stages"]["loader"]["workers"] == 0
        assert library.ingest(photographs).counts.added == 27
        for stage in ("loader", "extractor", "writer"):  # whoever takes their places does not do worse
            for pid in client.ask("status")["pids"][stage]:
                os.kill(pid, signal.SIGKILL)
        make_photograph(photographs / "one more.jpg", 77)
        job = library.ingest(photographs)
        assert (job.counts.added, job.counts.failed) == (1, 0)


def test_a_copied_library_has_a_supervisor_of_its_own(library: Library, photographs: Path, tmp_path: Path) -> None:
    with Client.start(library.root, create=True):
        library.ingest(photographs)
        shutil.copytree(library.root, tmp_path / "copy")
        with Library(tmp_path / "copy") as copy:
            assert copy.remove(photographs)["media"] == 27
            assert (copy.status()["media"], library.status()["media"]) == (0, 27)
        stop(tmp_path / "copy")


def test_nothing_is_imported_from_the_folder_in_which_it_is_started(
    tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "queue", "json", "xxhash"):
        (tmp_path / f"{name}.py").write_text("open('IMPORTED', 'a').close(); raise SystemExit('not mine')")
    (tmp_path / "aptl3").mkdir()
    monkeypatch.chdir(tmp_path)
    with Library(tmp_path / "library") as library:
        assert library.ingest(photographs).state is JobState.DONE
    stop(tmp_path / "library")
    assert not (tmp_path / "IMPORTED").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_twice_at_once_still_interrupts_the_job(library: Library, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "many", 900, seed=8)
    command = [sys.executable, "-m", "aptl3", "ingest", str(folder), "-d", str(library.root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (library.root / "library.sqlite3").exists() or library.status()["media"] < 20:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    with Client.start(library.root) as client:
        while client.ask("status")["jobs"]:
            time.sleep(0.05)
    assert library.jobs()[0].state is JobState.INTERRUPTED
