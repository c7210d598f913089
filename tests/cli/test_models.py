"""Models of a library on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aptl3 import Library
from aptl3.cli import aptl3
from aptl3.errors import Aptl3Error, BadArgument
from tests.photographs import make_photograph


def typed(library: Library, *arguments: str) -> Result:
    return CliRunner().invoke(aptl3, ["models", *arguments, "-d", str(library.root)], standalone_mode=False)


def answer(library: Library, *arguments: str) -> Any:
    done = typed(library, *arguments, "--json")
    assert done.exception is None, done.output
    return json.loads(done.stdout)


@pytest.fixture
def filled(library: Library, tmp_path: Path) -> Library:
    """A library with three photographs."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(3):
        make_photograph(folder / f"{number}.jpg", number)
    library.ingest(folder)
    return library


def test_a_model_is_added_listed_and_removed(filled: Library) -> None:
    job = answer(filled, "add", "r-32")
    assert (job["state"], job["vectors"], job["added"]) == ("done", 3, 0)
    models = {model["name"]: model for model in answer(filled)}
    assert (models["r-32"]["modality"], models["r-32"]["dim"], models["r-32"]["vectors"]) == ("image", 32, 3)
    assert models["efficientnet-lite0"]["vectors"] == 3
    shown = typed(filled)
    assert "r-32" in shown.stdout
    assert shown.return_value == 0
    assert answer(filled, "remove", "r-32")["r-32"]["vectors"] == 3
    assert "r-32" not in {model["name"] for model in answer(filled)}
    assert filled.verify() == []


def test_what_one_name_added_it_removes(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.remove_model("efficientnet-lite0")  # else words of each text model are aligned to its classes: seconds
    for name in ("r-16", "r-16-text", "r-8"):
        filled.add_model(name)
    pair = {"r-16": ["r-16", "r-16-text"]}  # as the family of CLIP has it
    with monkeypatch.context() as patch:
        patch.setattr("aptl3.models.registry.resolve", lambda name: pair.get(name, [name]))
        assert list(answer(filled, "remove", "r-16")) == ["r-16", "r-16-text"]
    for name in ("r-16", "r-16-text"):
        filled.add_model(name)
    assert list(answer(filled, "remove", "r-16-text")) == ["r-16-text"]
    monkeypatch.setattr("aptl3.models.registry.resolve", lambda name: [f"torchvision/{name}"])
    assert list(answer(filled, "remove", "r-8")) == ["r-8"]
    assert "r-16" in {model["name"] for model in answer(filled)}


def test_a_search_says_that_no_model_has_vectors(filled: Library) -> None:
    filled.remove_model("efficientnet-lite0")
    for kind, said in (("image", "vectors of its photographs"), ("any", "vectors of what"), ("text", "no texts")):
        done = CliRunner().invoke(aptl3, ["search", "blobs", "--type", kind, "-d", str(filled.root)])
        assert said in done.stderr and ("`aptl3 models add NAME`" in done.stderr) == (kind != "text")


def test_a_mistake_is_one_line(filled: Library) -> None:
    for arguments, said in (
        (["add", "rr-32"], "no model"),
        (["remove", "r-64"], "has no model r-64"),
        (["remove", "nope"], "has no model nope"),
        (["add", "r-32", "--weights", "w.pt"], "weights"),
    ):
        done = typed(filled, *arguments)
        assert isinstance(done.exception, Aptl3Error), arguments
        assert said in str(done.exception)
        assert "\n" not in str(done.exception)
    assert [model["name"] for model in answer(filled) if model["vectors"]] == ["efficientnet-lite0"]


@pytest.mark.parametrize("arguments", [["add"], ["remove"], ["list", "x"], ["list", "--weights", "w"]])
def test_what_makes_no_sense_is_told(arguments: list[str]) -> None:
    done = CliRunner().invoke(aptl3, ["models", *arguments])
    assert done.exit_code == 2
    assert "Error: " in done.stderr


def test_what_can_be_added_is_listed_without_a_library(tmp_path: Path) -> None:
    with Library(tmp_path / "none") as library:
        offers = answer(library, "--available")
        assert {"efficientnet-lite0", "r-N"} <= {offer["name"] for offer in offers}
        assert "r-N" in typed(library, "--available").stdout


def test_a_slip_of_the_pen_begins_no_library(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="There is no model 'nope'"):
        Library(tmp_path / "library").add_model("nope")
    assert not (tmp_path / "library").exists()
