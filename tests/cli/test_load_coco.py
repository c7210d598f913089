"""COCO into a library: from a folder, from a server, in parts, and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.coco.site import Site, serving
from tests.conftest import stop
from tests.photographs import make_photograph

PHOTOGRAPHS = 6


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "library"
    stop(tmp_path / "library")


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Six photographs with two captions each, as COCO lays them out."""
    folder = tmp_path / "coco"
    (folder / "annotations").mkdir(parents=True)
    (folder / "val2017").mkdir()
    images, annotations = [], []
    for number in range(PHOTOGRAPHS):
        make_photograph(folder / "val2017" / f"{number}.jpg", number)
        images.append({"id": number, "file_name": f"{number}.jpg"})
        annotations += [{"image_id": number, "caption": f"{text} {number}"} for text in ("a cat", "a dog")]
    document = {"images": images, "annotations": annotations}
    (folder / "annotations" / "captions_val2017.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def site(coco: Path) -> Iterator[Site]:
    with serving(coco) as found:
        yield found


def load(root: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "aptl3", "load_coco", str(root), "val2017", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def answer(root: Path, *arguments: object) -> Any:
    return json.loads(load(root, *arguments, "--json").stdout)


def test_a_limit_and_one_caption_then_all_of_it(root: Path, coco: Path) -> None:
    first = answer(root, "--from", coco, "--limit", 2, "--captions", "one")
    assert (first["job"]["added"], first["pairs"], first["missing"]) == (2, 2, 0)
    whole = answer(root, "--from", coco)
    assert (whole["job"]["added"], whole["pairs"], whole["known"]) == (4, 10, 2)
    assert (whole["relation"]["pairs"], whole["relation"]["pictures"]) == (12, 6)
    again = answer(root, "--from", coco)
    assert (again["job"]["found"], again["pairs"], again["known"]) == (0, 0, 12)


def test_a_server_is_asked_once_and_what_it_lacks_is_told(root: Path, coco: Path, site: Site) -> None:
    (coco / "val2017" / "3.jpg").unlink()
    site.cut["/val2017/1.jpg"] = 1000
    said = load(root, "--from", site.address, "--json")
    document = json.loads(said.stdout)
    assert (document["job"]["added"], document["pairs"], document["missing"]) == (5, 10, 2)
    assert "1 of 6 photographs are not on the server" in said.stderr
    assert site.asked["/val2017/1.jpg"] == 2
    before = dict(site.asked)
    make_photograph(coco / "val2017" / "3.jpg", 3)
    again = answer(root, "--from", site.address)
    assert (again["job"]["added"], again["pairs"], again["known"]) == (1, 2, 10)
    asked = {path for path, count in site.asked.items() if count != before.get(path)}
    assert asked == {"/val2017/3.jpg"}


def test_a_limit_fetches_no_more_than_that(root: Path, site: Site) -> None:
    assert answer(root, "--from", site.address, "--limit", 2)["job"]["added"] == 2
    assert sum(path.startswith("/val2017/") for path in site.asked) == 2


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_while_fetching_waits_for_nobody_and_the_same_command_goes_on(root: Path, site: Site) -> None:
    site.held = "/val2017/5.jpg"
    command = [sys.executable, "-m", "aptl3", "load_coco", str(root), "val2017", "--from", site.address]
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert site.reached.wait(60)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not (root / "library.sqlite3").exists()
    site.go.set()
    assert answer(root, "--from", site.address)["pairs"] == 12
    assert max(site.asked.values()) <= 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "/no/such/folder"], "is no folder"),
        (["--from", "ftp://example.org"], "no address on the web"),
        (["--from", "http://127.0.0.1:1"], "cannot be fetched"),
    ],
)
def test_a_mistake_is_one_line_and_makes_no_library(root: Path, arguments: list[str], said: str) -> None:
    done = load(root, *arguments, code=1)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (root / "library.sqlite3").exists()


def test_a_broken_caption_file_makes_no_library(root: Path, coco: Path) -> None:
    file = coco / "annotations" / "captions_val2017.json"
    file.write_text(file.read_text()[:-10])
    done = load(root, "--from", coco, code=1)
    assert "broken JSON" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not root.exists()
