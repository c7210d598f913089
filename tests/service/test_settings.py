"""Kept settings: where they are used, and where not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from aptl3 import Library
from aptl3.cli.status import command as status
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


def greedy() -> Tuning:
    """Of this machine, when it had more memory than any has."""
    memory = 1 << 60
    settings = replace(tuning().settings, open_bytes=memory)
    return replace(tuning(), settings=settings, machine=replace(MACHINE, memory=memory))


def _of_a_million_workers() -> str:
    document = tuning().as_json()
    document["settings"]["workers"]["decoder"] = 10**6
    return json.dumps(document)


def test_defaults_then_what_was_kept_on_this_machine(tmp_path: Path) -> None:
    root = tmp_path / "library"
    assert settings_of(root) == DEFAULT
    with Writer.open(root) as writer:
        assert settings_of(root) == DEFAULT
        for kept, expected in (
            (tuning().encode(), tuning().settings),
            (replace(tuning(), machine=replace(MACHINE, processor="another")).encode(), DEFAULT),
            ("nonsense", DEFAULT),
            (greedy().encode(), DEFAULT),
        ):
            with writer.checkpoint() as checkpoint:
                checkpoint.keep_setting(KEY, kept)
            assert settings_of(root) == expected


@pytest.mark.parametrize(
    ("kept", "why"), [(greedy().encode(), "more memory"), (_of_a_million_workers(), "make no sense")]
)
def test_what_cannot_be_used_stops_no_supervisor_and_can_be_forgotten(library: Library, kept: str, why: str) -> None:
    with Writer.open(library.root) as writer, writer.checkpoint() as checkpoint:
        checkpoint.keep_setting(KEY, kept)
    said = CliRunner().invoke(status, ["-d", str(library.root)], catch_exceptions=False).stdout
    assert "kept, but not used" in said and why in said
    assert library.forget_tuning()
    assert library.store.setting(KEY) is None


def test_a_supervisor_works_by_what_is_kept_and_what_is_asked_for_comes_first(library: Library) -> None:
    with Client.start(library.root, create=True) as client:
        assert client.ask("status")["workers"] == DEFAULT.workers
        client.ask("tuning", tuning=tuning().encode())
        first = psutil.Process(client.pid) if psutil.pid_exists(client.pid) else None
    if first is not None:  # nothing went on: it ends, so that the next one works as it was told
        first.wait(60)
    with Client.start(library.root, "loader=3") as client:
        said = client.ask("status")
        assert said["workers"] == {**tuning().settings.workers, "loader": 3}
        assert said["room"] == 77
        process = psutil.Process(client.pid)
        if hasattr(process, "cpu_affinity"):
            assert len(process.cpu_affinity() or []) == 1
        client.ask("tuning", tuning=None)
    assert library.store.setting(KEY) is None
    assert settings_of(library.root) == DEFAULT
