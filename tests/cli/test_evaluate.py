from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from aptl3.cli import main
from aptl3.cli.evaluate import command
from aptl3.errors import BadArgument, LibraryMissing
from aptl3.fitting import bootstrap, fit
from aptl3.fitting.evaluation import bench
from aptl3.fitting.evaluation.cell import Outcome
from aptl3.fitting.evaluation.ranking import Tick
from aptl3.records.model import ModelRef
from aptl3.storage.index.annoy import AnnoyIndex
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library of 100 pictures with captions and an alignment."""
    root = tmp_path / "library"
    with Writer.open(root) as writer:
        make(writer, pictures=100, captions=2)
        refs = [ModelRef("pictures"), ModelRef("texts")]
        record = fit.fit_alignment(writer, refs, 1, cache=tmp_path, recipe="pairs", name="mine")
        with writer.checkpoint() as checkpoint:
            checkpoint.add_alignment(record)
    return root


def test_the_table_the_document_and_the_pictures(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "classes_of", lambda models, cache: [])
    out = tmp_path / "out"
    options = ["-d", str(root), "--out", str(out), "--trees", "5", "--search-k", "50,500", "-q"]
    done = CliRunner().invoke(command, options, catch_exceptions=False)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("captions: 200 pairs; ") and "95 % intervals" in lines[0]
    heading = next(number for number, line in enumerate(lines) if line.startswith("texts → pictures: "))
    assert lines[heading].endswith("100 to choose from")
    assert lines[heading + 1].split()[:3] == ["way", "search", "recall@1"]
    assert lines[heading + 2].startswith("mine  exact ")
    assert lines[heading + 3].startswith("mine  5 trees, search_k 50 ")
    assert sum(line.startswith("Learning: ") for line in lines) == 2
    assert lines[-1].startswith("Not measured: no classes with names are to be had of pictures")
    made = sorted(path.name for path in out.iterdir())
    assert made == sorted(
        [
            "evaluation.json",
            *(
                f"{kind} {names}.png"
                for kind in ("recall", "index", "learning")
                for names in ("pictures to texts", "texts to pictures")
            ),
        ]
    )
    document = json.loads((out / "evaluation.json").read_text("utf-8"))
    again = CliRunner().invoke(command, [*options, "--json"], catch_exceptions=False)
    assert json.loads(again.stdout) == document and len(document["outcomes"]) == 6


def test_without_index_and_learning(root: Path, tmp_path: Path) -> None:
    options = ["-d", str(root), "--out", str(tmp_path / "out"), "--no-index", "--no-learning", "-q"]
    done = CliRunner().invoke(command, options, catch_exceptions=False)
    assert done.exit_code == 0
    assert "trees" not in done.stdout and "ms a query" not in done.stdout and "Learning" not in done.stdout


@pytest.mark.parametrize("numbers", ["ten", "10;50", "0", "-5"])
def test_numbers_that_are_none(root: Path, numbers: str) -> None:
    done = CliRunner().invoke(command, ["-d", str(root), f"--trees={numbers}"])
    assert done.exit_code == 2 and "give whole numbers, as in 10,50" in done.stderr


def test_no_library_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(command, ["-d", str(tmp_path / "none"), "--out", str(out)])
    assert isinstance(done.exception, LibraryMissing) and not out.exists()


def test_a_folder_that_cannot_be_written_is_told_before_the_work(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = CliRunner().invoke(command, ["-d", str(root), "--out", str(tmp_path / "file" / "out"), "-q"])
    assert isinstance(done.exception, BadArgument) and "choose another --out" in str(done.exception)
    assert not (root / "evaluations").exists()


def test_ctrl_c_keeps_what_is_measured_and_exits_with_130(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measure = bench.Step.measure

    def interrupted(step: bench.Step, index: AnnoyIndex | None, tick: Tick) -> Outcome:
        if index is not None:
            signal.raise_signal(signal.SIGINT)
        return measure(step, index, tick)

    monkeypatch.setattr(bench.Step, "measure", interrupted)
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as exit:
        main(["evaluate", "-d", str(root), "--out", str(out), "--no-learning", "-q"])
    told = capsys.readouterr()
    assert exit.value.code == 130 and told.out == ""
    assert told.err.split("\n")[0] == "Interrupted: the same command goes on from here."
    assert len(list((root / "evaluations").iterdir())) == 2 and not list(out.iterdir())
