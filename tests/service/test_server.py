"""The loop of a supervisor, and its clients: all are let in, and told."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from aptl3 import Library
from aptl3.actors.ingestion import Ingestion
from aptl3.service.client import Client
from aptl3.service.protocol import connect, private_folder
from aptl3.service.server import Server


def test_a_job_of_thousands_of_paths_is_followed_to_its_end(library: Library, photographs: Path) -> None:
    files = [str(photographs / f"none-{number:06}.jpg") for number in range(5000)]
    with Client.start(library.root, create=True) as client:
        *_, last = client.follow(client.ingest(files))
    assert last["state"] == "done"
    assert last["failed"] == 5000
    assert last["paths"] == files


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
