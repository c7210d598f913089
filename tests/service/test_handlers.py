"""What clients ask of a supervisor, sense or nonsense."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psutil
import pytest

from aptl3 import Library
from aptl3.errors import BadArgument, LibraryMissing
from aptl3.records.job import JobState
from aptl3.service.client import Client


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
