"""Alignments on the command line, through the supervisor of a real library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from aptl3 import Library
from aptl3.cli import aptl3
from aptl3.errors import BadArgument
from aptl3.records.relation import Caption
from aptl3.service.client import ANSWER_DEADLINE, Client
from tests.photographs import make_photograph

NUMBER = 16  # of photographs, of which some are held out


@pytest.fixture
def captioned(library: Library, tmp_path: Path) -> Library:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(NUMBER):
        make_photograph(folder / f"{number}.jpg", number)
    library.ingest(folder)
    captions = [Caption(str(folder / f"{number}.jpg"), f"blobs of the sort {number}") for number in range(NUMBER)]
    library.relate("blobs", captions, "made here")
    return library


def typed(library: Library, *arguments: object) -> Result:
    return CliRunner().invoke(aptl3, ["align", *map(str, arguments), "-d", str(library.root)], standalone_mode=False)


def test_alignments_are_fitted_listed_and_deleted(captioned: Library) -> None:
    done = typed(captioned, "--relation", "blobs", "--recipe", "pairs", "--name", "mine", "--json")
    assert done.exception is None, done.output
    record = json.loads(done.stdout)
    assert (record["name"], record["recipe"], record["relation"], record["classes"]) == ("mine", "pairs", 1, 0)
    assert 10 <= record["pairs"] < NUMBER
    limited = typed(captioned, "efficientnet-lite0", "all-minilm-l6-v2", "--recipe", "pairs", "--limit", 10)
    assert "Alignment 2 pairs of efficientnet-lite0, all-minilm-l6-v2: of 10 photographs" in limited.output
    listed = json.loads(typed(captioned, "list", "--json").stdout)
    assert [one["id"] for one in listed] == [2, 1]
    assert "mine" in typed(captioned, "list").output
    [hit] = captioned.search("blobs", limit=1)
    assert "all-minilm-l6-v2" in hit.via
    assert json.loads(typed(captioned, "delete", 2, "--json").stdout) == {"deleted": 2}
    assert "Deleted alignment 1." in typed(captioned, "delete", 1).output
    assert "No alignments yet" in typed(captioned, "list").output
    assert list((captioned.root / "alignments").iterdir()) == []


def test_a_mistake_is_one_line(captioned: Library) -> None:
    for limit in (0, -3):
        with pytest.raises(BadArgument, match=f"from {limit} photographs: give a limit of 1 or more"):
            captioned.align(recipe="pairs", limit=limit)
    for arguments, said in (
        (["--relation", "none"], "none"),
        (["delete", "7"], "7"),
        (["--recipe", "pairs", "--limit", "3"], "3 photographs with captions are too few"),
        (["efficientnet-lite0"], "two models or more"),
        (["efficientnet-lite0", "all-minilm"], "no model 'all-minilm'"),
    ):
        done = typed(captioned, *arguments)
        assert isinstance(done.exception, BadArgument), done.output
        assert said in str(done.exception) and "\n" not in str(done.exception)
    assert captioned.alignments() == []


def test_ctrl_c_says_that_the_fit_goes_on(captioned: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Client.ask

    def interrupted(client: Client, do: str, *, within: float = ANSWER_DEADLINE, **details: Any) -> Any:
        if do != "align":
            return ask(client, do, within=within, **details)
        client.tell(do, **details)
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "ask", interrupted)
    done = typed(captioned, "--recipe", "pairs", "--name", "mine")
    assert isinstance(done.exception, click.Abort)
    assert "goes on" in done.stderr and "`aptl3 align list`" in done.stderr
    captioned.rebuild_indexes()  # which waits for all else
    assert [record.name for record in captioned.alignments()] == ["mine"]


@pytest.mark.parametrize("arguments", [["delete"], ["delete", "mine"], ["delete", "1", "2"]])
def test_delete_takes_a_number(library: Library, arguments: list[str]) -> None:
    assert isinstance(typed(library, *arguments).exception, click.UsageError)
