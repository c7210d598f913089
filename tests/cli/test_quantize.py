"""``aptl3 quantize``: made from one's own photographs, measured, and used under a name of its own."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aptl3 import Library
from aptl3.cli.models import command as models
from aptl3.cli.quantize import command as quantize
from aptl3.cli.quantize import described
from aptl3.errors import BadArgument, LibraryMissing, ModelUnavailable
from aptl3.fitting.quantizing import LEAST, Cost, Quantizing
from aptl3.records.relation import Caption
from tests.killing import contents
from tests.photographs import make_photograph

NAME = "int8/efficientnet-lite0"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(quantize, [str(one) for one in arguments], catch_exceptions=False)


@pytest.mark.slow
def test_it_is_made_measured_and_used(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    files = [make_photograph(folder / f"{number:02}.jpg", number) for number in range(2 * LEAST + 2)]
    library.ingest(folder)
    library.relate("notes", [Caption(str(path), f"blobs number {path.stem}") for path in files], "ours")
    before = contents(library.root)
    out = tmp_path / "models" / "int8"

    done = invoke("-d", library.root, "--out", out, "--json", "-q")
    assert done.exit_code == 0 and done.stderr == ""
    made = json.loads(done.stdout)
    assert (made["name"], made["folder"]) == (NAME, str(out))
    assert made["calibrated"] == made["judged"] == made["captions"] == LEAST + 1
    exact, usual, rounded = made["engines"]
    assert (exact["engine"], usual["engine"], rounded["engine"]) == ("float32", made["usual"], "openvino-int8")
    assert exact["cosine"] == pytest.approx(1) and usual["cosine"] > rounded["cosine"] > 0.9
    assert exact["kept"] == 1 and 0.5 < rounded["kept"] <= 1 and usual["speed"] == 1
    assert all(len(one["recall"]) == 3 and one["milliseconds"] > 0 for one in made["engines"])
    assert contents(library.root) == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith("aptl3-quantize")] == []

    with pytest.raises(BadArgument, match=r"^There is something in"):
        invoke("-d", library.root, "--out", out)

    added = CliRunner().invoke(models, ["add", NAME, "--weights", str(out), "-d", str(library.root), "-q"])
    assert added.exit_code == 0, added.output
    found = {model["name"]: model for model in library.models()}
    assert found[NAME]["vectors"] == len(files) and found[NAME]["space"] == NAME
    stored = library.store.model(NAME)
    assert stored is not None and stored.weights == str(out)
    assert library.search("blobs", limit=3)


def test_it_is_told_as_a_table() -> None:
    costs = (
        Cost("float32", 8.76, 0.55, 1.0, 1.0, 1.0, (0.66, 0.92, 0.97)),
        Cost("openvino-bf16", 4.84, 1.0, 0.9997, 0.9994, 0.985, (0.66, 0.92, 0.97)),
        Cost("openvino-int8", 3.7, 1.31, 0.9947, 0.9809, 0.943, (0.65, 0.93, 0.98)),
    )
    told = described(Quantizing(NAME, "/a folder", 40, 41, 200, "openvino-bf16", costs)).splitlines()
    assert told[0] == f"{NAME}: calibrated on 40 photographs, judged by 41 others; 200 captions:"
    assert told[2].split()[:1] == ["engine"] and told[2].endswith("recall@10")
    assert told[5].split() == ["openvino-int8", "3.70", "1.31", "0.9947", "0.9809", "0.943", "0.65", "0.93", "0.98"]
    assert told[-1] == f"To use it beside what the library has: aptl3 models add {NAME} --weights '/a folder'"
    slow = tuple(replace(one, speed=min(one.speed, 1.03), kept=None, recall=None) for one in costs)
    told = described(Quantizing(NAME, "/a folder", 40, 41, 0, "openvino-bf16", slow)).splitlines()
    assert "recall@1" not in told[2]
    assert told[-1] == "On this processor it is not worth it: remove /a folder."


def test_it_needs_photographs_and_a_folder(photographs: Path, tmp_path: Path) -> None:
    missing = invoke(photographs)
    assert missing.exit_code == 2 and "--out" in missing.stderr
    with pytest.raises(LibraryMissing):
        invoke("-d", tmp_path / "none", "--out", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadArgument, match=r"^No photographs[^\n]* as in `aptl3 quantize ~/Pictures`\.$"):
        invoke(tmp_path / "empty", "-d", tmp_path / "none", "--out", tmp_path / "out")
    with pytest.raises(BadArgument, match=r"^27 different photographs can be read, and 40 are needed"):
        invoke(photographs, "-d", tmp_path / "none", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "none").exists()


def test_python_is_asked_the_same(photographs: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "none") as library:
        with pytest.raises(LibraryMissing):
            library.quantize(tmp_path / "out")
        with pytest.raises(BadArgument, match=r"^27 different photographs can be read, and 40 are needed"):
            library.quantize(str(tmp_path / "out"), photographs)
        with pytest.raises(BadArgument, match="no-such-model"):
            library.quantize(tmp_path / "out", photographs, model="no-such-model")
        with pytest.raises(BadArgument, match="empty"):
            library.quantize(tmp_path / "out", "")
    assert not (tmp_path / "out").exists()


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "nncf" else there(name))
    with pytest.raises(ModelUnavailable, match=r"pip install 'aptl3\[int8\]'$"):
        invoke(tmp_path, "-d", tmp_path / "none", "--out", tmp_path / "out")
