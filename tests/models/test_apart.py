from __future__ import annotations

from pathlib import Path

import pytest

from aptl3.errors import ModelUnavailable
from aptl3.models import apart

MODULE = """
import sys
from aptl3.errors import BadArgument
from aptl3.models import apart


def work(what, place):
    if what == "write":
        open(place, "w").write(what)
    elif what == "refuse":
        raise BadArgument("That is wrong: do this.")
    elif what == "fail":
        raise ZeroDivisionError("our own fault")
    else:
        import os, time
        os._exit(7) if what == "die" else time.sleep(600)


def main(what, place):
    apart.serve(lambda: work(what, place))
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "worked_apart.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return "worked_apart"


def call(module: str, what: str, place: Path, deadline: float = 60.0) -> None:
    apart.call(module, what, str(place), what="The work cannot be done", deadline=deadline)


def test_it_is_done_in_another_process(module: str, tmp_path: Path) -> None:
    call(module, "write", tmp_path / "here")
    assert (tmp_path / "here").read_text() == "write"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("refuse", r"^That is wrong: do this\.$"),
        ("fail", r"^The work cannot be done: ZeroDivisionError: our own fault$"),
        ("die", r"^The work cannot be done: it ended with 7$"),
    ],
)
def test_what_went_wrong_is_told_in_one_line(module: str, tmp_path: Path, what: str, told: str) -> None:
    with pytest.raises(ModelUnavailable, match=told):
        call(module, what, tmp_path)


def test_what_hangs_is_ended(module: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"^The work cannot be done: no end after 1 s\.$"):
        call(module, "hang", tmp_path, 1.0)
