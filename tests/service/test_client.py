"""The client: its side of a connection, with a supervisor that is played; how it finds one, or does not begin one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3 import Library
from aptl3.errors import DiskFull, LibraryMissing, ServiceLost, ServiceUnavailable
from aptl3.records.job import Job, JobCounts, JobState
from aptl3.service.client import Client
from aptl3.service.protocol import PROTOCOL, Lines, error_document


@pytest.fixture
def ends() -> Iterator[tuple[Client, Lines]]:
    """A client, and the supervisor's end."""
    ours, theirs = socket.socketpair()
    supervisor = Lines(theirs)
    supervisor.send({"aptl3": "1", "protocol": PROTOCOL, "pid": 1})
    with Client(Lines(ours), Path("service.log")) as client:
        yield client, supervisor
    supervisor.close()


def test_who_asks_learns_why_the_supervisor_ends(ends: tuple[Client, Lines]) -> None:
    client, supervisor = ends
    supervisor.send({"event": "job", "job": {"job": 1}})
    supervisor.send({"event": "error", "error": error_document(DiskFull("The disk is full: make room."))})
    supervisor.close()
    with pytest.raises(DiskFull, match="make room"):
        client.ask("status")


def test_one_that_ends_without_a_word_is_lost(ends: tuple[Client, Lines]) -> None:
    client, supervisor = ends
    supervisor.close()
    with pytest.raises(ServiceLost, match="unexpectedly"):
        client.ask("status")


def test_reports_that_come_before_an_answer_are_kept(ends: tuple[Client, Lines]) -> None:
    client, supervisor = ends
    running = {"job": 1, "state": "running"}
    supervisor.send({"event": "job", "job": {**running, "state": "done"}})
    supervisor.send({"id": 1, "answer": running})
    assert list(client.follow(1)) == [running, {**running, "state": "done"}]


def test_a_job_is_followed_to_its_rest(ends: tuple[Client, Lines]) -> None:
    client, supervisor = ends
    running = Job(1, JobState.RUNNING, ("/photographs",), JobCounts(), 0.0).as_json()
    supervisor.send({"id": 1, "answer": running})
    supervisor.send({"event": "job", "job": {"job": 1, "state": "done", "added": 3}})
    told: list[Job] = []
    last = client.finish(1, told.append)
    assert [job.state for job in told] == [JobState.RUNNING, JobState.DONE]
    assert last == told[-1] and last.counts.added == 3


def test_ctrl_c_interrupts_the_job_that_is_followed(ends: tuple[Client, Lines]) -> None:
    client, supervisor = ends
    supervisor.send({"id": 1, "answer": Job(7, JobState.RUNNING, (), JobCounts(), 0.0).as_json()})

    def interrupt(job: Job) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.finish(7, interrupt)
    assert [(one["do"], one["job"]) for one in supervisor.receive()] == [("follow", 7), ("interrupt", 7)]


def test_a_supervisor_of_another_version_is_not_spoken_to() -> None:
    ours, theirs = socket.socketpair()
    supervisor = Lines(theirs)
    supervisor.send({"aptl3": "9", "protocol": PROTOCOL + 1, "pid": 1})
    client = Client(Lines(ours), Path("service.log"))
    assert not client.understood
    with pytest.raises(ServiceUnavailable, match="serve --stop"):
        client.agreed()
    with pytest.raises(EOFError):
        list(supervisor.receive())
    supervisor.close()


def test_a_supervisor_is_found_from_another_environment(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Client.start(library.root, create=True) as client, monkeypatch.context() as patch:
        patch.setattr("aptl3.service.client.runtime_dir", lambda root: tmp_path / "nobody")
        with Client.start(library.root) as another:
            assert another.pid == client.pid
        (library.root / "service").write_bytes(b"\xff not ours")
        assert Client.running(library.root) is None


@pytest.mark.skipif(not Path("/proc").exists(), reason="asks Linux for a process's environment")
def test_a_supervisor_asks_for_large_pages(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        environment = Path(f"/proc/{client.pid}/environ").read_bytes().split(b"\0")
    assert any(one.startswith(b"GLIBC_TUNABLES=") and b"glibc.malloc.hugetlb=1" in one for one in environment)


def test_commands_that_only_look_create_no_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing):
        Client.start(tmp_path / "typo")
    with pytest.raises(LibraryMissing):
        Library(tmp_path / "typo").remove(tmp_path)
    assert not (tmp_path / "typo").exists()
