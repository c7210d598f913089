"""The commands of the first README, letter for letter, on a folder of COCO and on a server of it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aptl3 import Library
from aptl3.cli import aptl3, gui
from tests.coco.site import serving
from tests.conftest import stop

COCO = Path(__file__).parents[3] / "shared" / "coco-mini"
LOAD, *REST, WINDOW = """
$ python -m aptl3 load_coco "" train2017 --limit 10000
$ python -m aptl3 manifolds "" new image
$ python -m aptl3 manifolds "" new sentence
$ python -m aptl3 build_procrustes "" image sentence --relation 1
$ python -m aptl3 make_thumbs ""
$ python -m aptl3 qt ""
""".strip().splitlines()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "library"
    stop(tmp_path / "library")


def typed(line: str, root: Path, *more: str, place: str = str(COCO)) -> subprocess.CompletedProcess[str]:
    """What a person gets who types this line."""
    _, _, *words = shlex.split(line)
    environment = {**os.environ, "APTL3_DATA_DIR": str(root), "APTL3_COCO": place, "no_proxy": "127.0.0.1"}
    return subprocess.run(
        [sys.executable, *words, *more], capture_output=True, text=True, timeout=200, check=False, env=environment
    )


def test_the_sixth_opens_the_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(gui.command, "callback", lambda root: opened.append(root))
    monkeypatch.setenv("APTL3_DATA_DIR", str(tmp_path / "default"))
    _, _, _, _, *words = shlex.split(WINDOW)
    assert CliRunner().invoke(aptl3, words).exit_code == 0
    assert CliRunner().invoke(aptl3, ["qt", str(tmp_path / "mine")]).exit_code == 0
    assert CliRunner().invoke(aptl3, ["qt", "", "-d", str(tmp_path / "other")]).exit_code == 0
    assert opened == [tmp_path / name for name in ("default", "mine", "other")]


def test_manifolds_are_made_listed_and_joined(library: Library, photographs: Path) -> None:
    library.ingest(photographs)

    def typed(*words: str) -> list[dict[str, object]]:
        done = CliRunner().invoke(aptl3, ["manifolds", str(library.root), *words, "--json"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        return found if isinstance(found, list) else [found]

    [made] = typed("new", "r-16")
    assert (made["state"], made["vectors"]) == ("done", 27)
    [again] = typed("new", "r-16")
    assert (again["state"], again["found"]) == ("done", 0)
    assert {"efficientnet-lite0", "r-16"} <= {model["name"] for model in typed("list")}
    library.remove_model("efficientnet-lite0")
    assert typed("new", "image")[0]["vectors"] == 0  # another model of pictures is there, and has all
    library.remove_model("r-16")
    assert typed("new", "image")[0]["vectors"] == 27
    for action in ("merge", "reindex"):
        assert [index["model"] for index in typed(action)] == ["efficientnet-lite0"]


@pytest.mark.parametrize(
    "words", [["manifolds", ""], ["manifolds", "", "new"], ["manifolds", "", "list", "image"], ["build_procrustes", ""]]
)
def test_what_makes_no_sense_is_told(words: list[str]) -> None:
    done = CliRunner().invoke(aptl3, words)
    assert done.exit_code == 2
    assert "Error: " in done.stderr


def answer(line: str, root: Path) -> Any:
    return json.loads(typed(line, root, "--json").stdout)


def assert_read(root: Path) -> None:
    """All photographs and captions are in the library."""
    [relation] = answer("$ python -m aptl3 relations", root)
    assert (relation["id"], relation["name"]) == (1, "train2017")
    assert (relation["pairs"], relation["pictures"]) == (400, 80)
    models = answer('$ python -m aptl3 manifolds "" list', root)
    assert {model["modality"]: model["vectors"] for model in models} == {"image": 80, "text": relation["texts"]}


@pytest.mark.slow
@pytest.mark.skipif(not COCO.is_dir(), reason="the captioned photographs are not here")
def test_the_first_five_on_a_folder(root: Path) -> None:
    for line in (LOAD, *REST):
        done = typed(line, root)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    assert_read(root)
    hits = answer('$ python -m aptl3 search "airplanes at an airport" -n 3', root)
    assert "000000125870.jpg" in {Path(hit["path"]).name for hit in hits}


@pytest.mark.slow
@pytest.mark.skipif(not COCO.is_dir(), reason="the captioned photographs are not here")
def test_the_first_on_a_server_reads_the_same(root: Path) -> None:
    """The others ask the library, which does not know where its files were."""
    with serving(COCO) as site:
        done = typed(LOAD, root, place=site.address)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert_read(root)
