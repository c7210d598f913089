"""Commands as a person types them: real processes, their exit codes, what goes to which stream."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from aptl3 import Library
from aptl3.cli import COMMANDS, aptl3
from tests.conftest import stop
from tests.photographs import make_folder, make_photograph

ROOT = Path(__file__).parents[2]
NUMBER = 400  # files of a job that is interrupted


def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "aptl3", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def answer(*arguments: str | Path, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code).stdout)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "library"
    stop(tmp_path / "library")


def test_every_command_is_documented_with_an_example_and_for_users() -> None:
    documents = "".join(path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    context = click.Context(aptl3)
    for name in COMMANDS:
        command = aptl3.get_command(context, name)
        assert command is not None
        assert command.help, name
        assert (command.epilog or "").startswith("Example: aptl3 "), name
        assert f"`aptl3 {name}" in documents, name
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, (name, parameter.name)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "a cat"], 1, "aptl3 ingest"),
        (["ingest", "/no/such/folder"], 1, "does not exist"),
        (["ingest", ".", "--workers", "cook=3"], 1, "There is no stage 'cook'"),
        (["jobs", "--pause", "1", "--cancel", "2"], 1, "one of"),
        (["failures", "--retry", "--forget"], 1, "one of"),
        (["ingest"], 2, "Missing argument"),
        (["search", "x", "-n", "0"], 2, "-n"),
        (["cook"], 2, "No such command"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(root: Path, arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aptl3", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "APTL3_DATA_DIR": str(root)},
    )
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    if code == 1:
        assert done.stderr.count("\n") == 1
    assert not root.exists()


def test_every_answer_is_one_json_document(root: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photographs", 60, seed=5)
    empty = answer("status", "-d", root)
    assert (empty["media"], empty["supervisor"]) == (0, None)
    job = answer("ingest", folder, "-d", root)
    assert job["state"] == "done"
    assert (job["found"], job["added"], job["duplicates"], job["failed"]) == (60, 54, 5, 1)
    assert {"job", "unchanged", "vectors", "thumbnails", "seconds", "per_second"} <= job.keys()
    hits = answer("search", "a green meadow", "-d", root, "-n", "3")
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert set(hits[0]) == {"rank", "score", "media", "url", "path", "via", "type", "likely", "words"}
    assert hits[0]["score"] >= hits[1]["score"]
    status = answer("status", "-d", root)
    assert status["media"] == 54
    assert status["models"][0] == {"name": "efficientnet-lite0", "dim": 1280, "vectors": 54, "indexed": 54}
    (failure,) = answer("failures", "-d", root)
    assert set(failure) == {"url", "stage", "reason", "error", "attempts"}
    assert answer("jobs", "-d", root)[0]["state"] == "done"
    assert answer("verify", "-d", root) == {"ok": True, "problems": []}
    assert answer("index", "-d", root)[0]["kind"] == "flat"
    assert answer("failures", "--retry", "-d", root)["failed"] == 1
    assert answer("failures", "-d", root)[0]["attempts"] == 2
    assert answer("failures", "--forget", "-d", root) == {"forgotten": 1}
    assert answer("failures", "-d", root) == []
    assert answer("backup", tmp_path / "copy", "-d", root)["media"] == 54
    assert answer("remove", folder, "-d", root)["media"] == 54


def test_verify_names_damaged_vectors_and_exits_with_one(root: Path, tmp_path: Path) -> None:
    run("ingest", make_folder(tmp_path / "photographs", 10, seed=6), "-d", root)
    (segment,) = [path for path in (root / "vectors").rglob("*") if path.is_file()]
    with open(segment, "r+b") as file:
        file.seek(3000)
        file.write(b"\xff\x7f\xff\x7f")
    found = answer("verify", "-d", root, code=1)
    assert found["ok"] is False
    assert any(segment.name in problem or "vector" in problem for problem in found["problems"])


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_commits_what_is_in_flight_and_the_same_command_goes_on(root: Path, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photographs", NUMBER, seed=7)
    command = [sys.executable, "-m", "aptl3", "ingest", str(folder), "-d", str(root), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with Library(root) as library:
        while library.status()["media"] < 20:
            assert process.poll() is None
            time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    stopped = json.loads(out)
    assert stopped["state"] == "interrupted"
    assert 0 < stopped["pending"] < NUMBER
    assert "Traceback" not in err
    finished = answer("ingest", folder, "-d", root)
    assert finished["job"] == stopped["job"]
    assert finished["state"] == "done"
    assert finished["found"] == NUMBER
    assert finished["added"] + finished["duplicates"] + finished["failed"] == NUMBER
    assert answer("verify", "-d", root)["ok"]


def test_a_detached_job_is_followed_to_its_end(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(20):
        make_photograph(folder / f"{number}.jpg", number)
    said = run("ingest", folder, "-d", root, "--detach").stdout
    match = re.search(r"Job (\d+)", said)
    assert match is not None
    followed = run("jobs", "--follow", match[1], "-d", root, "--json")
    assert json.loads(followed.stdout)["added"] == 20
