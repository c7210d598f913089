"""The supervisor's process: what clients ask of it, sense or nonsense, and where it imports from."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from aptl3 import Library
from aptl3.actors.ingestion import Ingestion
from aptl3.errors import BadArgument, LibraryMissing
from aptl3.records.job import JobState
from aptl3.service.client import Client
from aptl3.service.protocol import connect, private_folder
from aptl3.service.server import Server
from tests.conftest import stop
from tests.photographs import make_folder, make_photograph


def test_a_supervisor_loads_little_and_has_one_thread() -> None:
    """What takes long to load is for workers, and a process with threads cannot be forked."""
    heavy = {"numpy", "cv2", "psutil", "simplejpeg", "torch", "openvino"}
    code = f"import sys, threading, aptl3.service.server; print({heavy} & set(sys.modules), threading.active_count())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "1"]


def test_requests_that_make_no_sense_end_nobodys_job(library: Library, photographs: Path) -> None:
    with Client.start(library.root, create=True) as client:
        pid = client.pid
        for details in ({"job": 10**20}, {"job": "x"}, {"job": None}, {}):
            with pytest.raises(BadArgument):
                client.ask("pause", **details)
        with pytest.raises(BadArgument, match="knows no request"):
            client.ask("cook")
        assert client.ask("status")["pid"] == pid
    assert library.ingest(photographs).state is JobState.DONE


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


def test_who_asks_again_and_again_is_not_told_thousands_of_paths(library: Library, photographs: Path) -> None:
    files = [str(photographs / f"none-{number:06}.jpg") for number in range(500)]
    with Client.start(library.root, "decoder=2", create=True) as client:
        job = client.ingest(files)
        [brief] = client.ask("status", paths=2)["jobs"]
        status = client.ask("status")
        assert brief["job"] == job and brief["paths"] == files[:2]
        assert [one["paths"] for one in status["jobs"]] == [files]
        assert status["workers"]["decoder"] == 2 and status["room"] >= 96
        client.ask("cancel", job=job)


def test_a_job_of_thousands_of_paths_is_followed_to_its_end(library: Library, photographs: Path) -> None:
    files = [str(photographs / f"none-{number:06}.jpg") for number in range(5000)]
    with Client.start(library.root, create=True) as client:
        *_, last = client.follow(client.ingest(files))
    assert last["state"] == "done"
    assert last["failed"] == 5000
    assert last["paths"] == files


def test_a_job_asked_for_while_a_tuning_is_kept_is_not_left_behind(library: Library, photographs: Path) -> None:
    with Client.start(library.root, create=True) as client:
        process = psutil.Process(client.pid)
        process.suspend()  # so that it reads both at once: the job is being created when the settings are kept
        client.tell("tuning", tuning=None)
        client.tell("ingest", paths=[str(photographs)])
        process.resume()
        while not (jobs := library.jobs()):
            client.ask("status")
        *_, last = client.follow(jobs[0].id)
    assert last["state"] == "done" and last["added"] == 27


class Resting:
    """An ingestion at which nothing goes on; ``over`` is called at the second step."""

    settled = idle = True

    def __init__(self) -> None:
        self.over: Callable[[], object] = list
        self.watched: list[int] = []  # sockets, by step

    def step(self, wake: float, also: Sequence[Any]) -> list[Any]:
        self.watched.append(len(also))
        if len(self.watched) == 2:
            self.over()
        return select.select(also, [], [], 0)[0]

    def statistics(self) -> dict[str, Any]:
        return {}

    def stop(self) -> None:
        pass


def test_all_that_wait_are_let_in_at_one_step(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "aptl3" / "library")
    ingestion = Resting()
    server = Server(cast(Ingestion, ingestion), folder)
    ingestion.over = server.stop
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(folder, within=0.0)) for _ in range(40)]
        server.run()
        assert [json.loads(sock.recv(1 << 10))["pid"] for sock in sockets] == [os.getpid()] * 40
    assert ingestion.watched == [1, 41]


def test_a_library_that_is_deleted_under_its_supervisor_is_begun_anew(library: Library, photographs: Path) -> None:
    library.ingest(photographs)
    library.close()
    shutil.rmtree(library.root)
    with pytest.raises(LibraryMissing):
        library.ingest(photographs)
    for _ in range(200):
        if (client := Client.running(library.root)) is None:
            break
        client.close()
        time.sleep(0.05)
    assert library.ingest(photographs).counts.added == 27
    assert library.status()["media"] == 27


def test_a_copied_library_has_a_supervisor_of_its_own(library: Library, photographs: Path, tmp_path: Path) -> None:
    with Client.start(library.root, create=True):
        library.ingest(photographs)
        shutil.copytree(library.root, tmp_path / "copy")
        with Library(tmp_path / "copy") as copy:
            assert copy.remove(photographs)["media"] == 27
            assert (copy.status()["media"], library.status()["media"]) == (0, 27)
        stop(tmp_path / "copy")


def test_a_supervisor_is_found_from_another_environment(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client.start(library.root, create=True) as client, monkeypatch.context() as patch:
        patch.setattr("aptl3.service.client.runtime_dir", lambda root: tmp_path / "nobody")
        with Client.start(library.root) as another:
            assert another.pid == client.pid
        (library.root / "service").write_bytes(b"\xff not ours")
        assert Client.running(library.root) is None


def test_commands_that_only_look_create_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        Client.start(tmp_path / "typo")
    with pytest.raises(LibraryMissing):
        Library(tmp_path / "typo").remove(tmp_path)
    assert not (tmp_path / "typo").exists()


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


@pytest.mark.skipif(os.name != "posix", reason="priorities")
def test_a_nice_job_gives_way_and_says_so(library: Library, photographs: Path) -> None:
    with Client.start(library.root, "decoder=1", create=True) as client:
        assert client.ask("status")["nice"] is None
        *_, last = client.follow(client.ingest([str(photographs)], nice=True))
        status = client.ask("status")
        least = max(10, os.getpriority(os.PRIO_PROCESS, 0))
        assert os.getpriority(os.PRIO_PROCESS, client.pid) == least
        pids = [pid for stage in status["pids"].values() for pid in stage]
        assert pids and {os.getpriority(os.PRIO_PROCESS, pid) for pid in pids} == {least}
    assert last["state"] == "done" and "limited_by" in last
    assert 1 <= status["nice"]["cores"] <= status["nice"]["of"]
    assert status["fixed"] == ["decoder"] and status["limiting"] is None
