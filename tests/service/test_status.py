"""What a supervisor says of itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3 import Library
from aptl3.service.client import Client


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
