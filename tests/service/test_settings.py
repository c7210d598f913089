"""Kept settings: where they are used, and where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil

from aptl3 import Library
from aptl3.config import default_settings, this_machine
from aptl3.records.tuning import KEY, Tuning
from aptl3.service.client import Client
from aptl3.service.settings import settings_of
from aptl3.storage.writer import Writer

MACHINE = this_machine()
DEFAULT = default_settings(MACHINE)


def tuning() -> Tuning:
    workers = {**DEFAULT.workers, "decoder": DEFAULT.workers["decoder"] + 1, "loader": 2}
    settings = replace(DEFAULT, workers=workers, open_items=77, cores=1)
    return Tuning(settings, MACHINE, "2030-01-02T03:04:05Z", 100.0, "a reason")


def test_defaults_then_what_was_kept_on_this_machine(tmp_path: Path) -> None:
    root = tmp_path / "library"
    assert settings_of(root) == DEFAULT
    with Writer.open(root) as writer:
        assert settings_of(root) == DEFAULT
        for kept, expected in (
            (tuning().encode(), tuning().settings),
            (replace(tuning(), machine=replace(MACHINE, processor="another")).encode(), DEFAULT),
            ("nonsense", DEFAULT),
        ):
            with writer.checkpoint() as checkpoint:
                checkpoint.keep_setting(KEY, kept)
            assert settings_of(root) == expected


def test_a_supervisor_works_by_what_is_kept_and_what_is_asked_for_comes_first(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        assert client.ask("status")["workers"] == DEFAULT.workers
        client.ask("tuning", tuning=tuning().encode())
        first = psutil.Process(client.pid) if psutil.pid_exists(client.pid) else None
    if first is not None:  # nothing went on: it ends, so that the next one works as it was told
        first.wait(60)
    with Client.start(library.root, "loader=3") as client:
        status = client.ask("status")
        assert status["workers"] == {**tuning().settings.workers, "loader": 3}
        assert status["room"] == 77
        process = psutil.Process(client.pid)
        if hasattr(process, "cpu_affinity"):
            assert len(process.cpu_affinity() or []) == 1
        client.ask("tuning", tuning=None)
    assert library.store.setting(KEY) is None
    assert settings_of(library.root) == DEFAULT
