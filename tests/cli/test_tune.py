"""``aptl3 tune``: measured, kept, used, forgotten; interrupted without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from click.testing import CliRunner, Result

from aptl3 import Library
from aptl3.cli.status import command as status
from aptl3.cli.tune import command as tune
from aptl3.config import STAGES, default_settings, this_machine
from aptl3.errors import Aptl3Error, BadArgument, LibraryMissing
from aptl3.fitting.tuning import process
from aptl3.records.tuning import Tuning
from aptl3.service.settings import settings_of
from benchmarks.jobs import ended
from tests.killing import contents
from tests.photographs import make_photograph


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compared with what the costs suggest."""
    monkeypatch.setattr(process, "ALL", 0.0)


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(tune, [str(one) for one in arguments], catch_exceptions=False)


def test_it_is_kept_and_the_library_is_as_it_was(
    library: Library, photographs: Path, tmp_path: Path, short: None
) -> None:
    library.ingest(photographs)
    before, jobs = contents(library.root), library.store.jobs()
    there = sorted(library.root.iterdir())
    out = tmp_path / "out"
    done = invoke("-d", library.root, "--cores", "1", "--out", out, "-q")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("27 files of ")
    assert [line.split()[0] for line in lines[2:8]] == ["stage", *STAGES]
    assert lines[2].split()[-6:] == ["of", "1", "cores", "workers", "MB", "each"]
    assert lines[-2].startswith("Kept: extractor ") and " back: " in lines[-1]
    assert sorted(path.name for path in out.iterdir()) == ["tuning.json", "tuning.png"]
    document = json.loads((out / "tuning.json").read_text("utf-8"))

    assert (contents(library.root), library.store.jobs()) == (before, jobs)
    assert {path.name for path in library.root.iterdir()} <= {path.name for path in there} | {"service"}
    assert [path for path in tmp_path.iterdir() if path.name.startswith("aptl3-tune")] == []
    kept = library.tuning()
    assert kept is not None and kept.as_json() == document["tuning"]
    assert settings_of(library.root) == kept.settings
    assert kept.settings.cores == (1 if this_machine().cores > 1 else None)
    said = CliRunner().invoke(status, ["-d", str(library.root)]).stdout
    assert f"tuned on {kept.when[:10]}: " in said

    assert json.loads(invoke("-d", library.root, "--forget", "--json").stdout) == {"forgotten": True}
    assert invoke("-d", library.root, "--forget").stdout == "Nothing was kept.\n"
    assert settings_of(library.root) == default_settings(this_machine())


def test_before_the_first_ingest_it_is_kept_in_a_folder_that_is_empty_too(
    library: Library, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(default_settings(this_machine()), open_items=77)
    found = Tuning(settings, this_machine(), "2030-01-02T03:04:05Z", 100.0, "a reason")
    monkeypatch.setattr(process, "measure", lambda *_: SimpleNamespace(tuning=found))
    library.root.mkdir(exist_ok=True)
    assert list(library.root.iterdir()) == []
    library.tune(photographs)
    assert library.tuning() == found and settings_of(library.root) == settings
    assert library.status()["media"] == 0


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ([], LibraryMissing, "aptl3 ingest"),
        (["{folder}"], BadArgument, "16 are needed"),
        (["{folder}/nothing"], BadArgument, "does not exist"),
        (["{folder}", "--cores", "1000"], BadArgument, "give 1 to"),
        (["{folder}", "--share", "7"], BadArgument, "as in 0.5"),
        (["{folder}", "--out", "{folder}/0.jpg/out"], BadArgument, "--out"),
    ],
)
def test_mistakes_are_one_line_and_begin_nothing(
    tmp_path: Path, arguments: list[str], error: type[Aptl3Error], said: str
) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    make_photograph(folder / "0.jpg", 0)
    with pytest.raises(error) as caught:
        invoke("-d", tmp_path / "library", *(one.format(folder=folder) for one in arguments))
    assert said in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "library").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_it_with_130_and_leaves_nothing_behind(tmp_path: Path, model_cache: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(40):
        make_photograph(folder / f"{number}.jpg", number)
    command = [sys.executable, "-m", "aptl3", "tune", str(folder), "--cores", "1"]
    command += ["-d", str(tmp_path / "library")]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("aptl3-tune-*/run-*/library.sqlite3")):  # a real run, with its workers
        assert started.poll() is None, started.communicate()
        time.sleep(0.05)
    everybody = psutil.Process(started.pid).children(recursive=True)
    assert everybody
    started.send_signal(signal.SIGINT)
    out, said = started.communicate(timeout=60)
    assert (started.returncode, out) == (130, "")
    assert "Traceback" not in said
    assert ended(everybody, 60) == []
    assert [path.name for path in tmp_path.iterdir()] == ["photographs"]
