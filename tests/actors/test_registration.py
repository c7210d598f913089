"""No vector is stored before its model has been agreed on."""

from __future__ import annotations

from aptl3.actors import messages as m
from aptl3.actors.flow import Step
from aptl3.actors.registration import Registration, Verdict
from aptl3.actors.runtime.frames import Frame
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.records.media import Entry, FileState
from aptl3.records.model import ModelSpec, PictureInput
from tests.actors.fakes import Recorder

MODEL = ModelSpec("model", "1", "image", 8, "space", PictureInput(16, 0.875), "MIT", "made here")
IDENTITY = m.Identity("model", "abc", "engine", b"probe")


def commit(*models: str) -> Step:
    rows = tuple((name, m.Region(0, 16)) for name in models)
    frame = Frame(0, 64, 1)
    task = m.Commit(1, 2, "/folder", Entry("a.jpg", FileState(1, 1)), b"hash", None, frame, rows, None)
    return Step("writer", ("commit", 2), task)


def test_commits_wait_for_the_library_to_agree() -> None:
    runner = Recorder()
    registration = Registration(runner, {"model": MODEL})
    registration.ask()
    registration.ask()
    assert [stage for stage, _, _ in runner.submitted] == ["extractor"]
    assert registration.judge(commit("model")) is Verdict.WAIT
    assert registration.judge(commit()) is Verdict.GO  # only a place: no vector comes with it
    assert registration.take_in("identify", "model", Outcome("extractor", ("identify", "model"), IDENTITY)) == []
    assert runner.submitted[-1] == ("writer", ("model", "model"), m.AddModel(MODEL, IDENTITY))
    held = registration.take_in("model", "model", Outcome("writer", ("model", "model")))
    assert held == [commit("model")]
    assert registration.judge(held[0]) is Verdict.GO


def test_after_a_refusal_nothing_is_stored_until_the_models_were_asked_anew() -> None:
    runner = Recorder()
    registration = Registration(runner, {"model": MODEL})
    registration.ask()
    assert registration.judge(commit("model")) is Verdict.WAIT
    refused = Outcome("writer", ("model", "model"), refused=Refused("ModelMismatch", "another model"))
    (held,) = registration.take_in("model", "model", refused)
    assert registration.judge(held) is Verdict.DROP
    registration.ask()
    assert len(runner.submitted) == 2
    assert registration.judge(held) is Verdict.WAIT
