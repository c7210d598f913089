"""Nothing is embedded by a model before the library knows it."""

from __future__ import annotations

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors.flow import Step
from aptl3.actors.registration import Registration
from aptl3.actors.runtime.frames import Frame
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from tests.actors.fakes import Recorder
from tests.actors.plans import PICTURES, WORDS, plan_of

IDENTITY = m.Identity("pictures", "abc", "engine", b"probe")


def embed(number: int) -> Step:
    task = m.Embed("pictures", Frame(0, 64, 1), m.Region(0, 16), m.Region(16, 16))
    return Step("extractor", ("embed pictures", number), task)


def test_embeddings_wait_until_the_library_knows_the_model() -> None:
    runner = Recorder()
    registration = Registration(runner, plan_of(PICTURES))
    assert registration.holds(embed(1))
    assert registration.holds(embed(2))
    assert [(stage, task) for stage, _, task in runner.submitted] == [("extractor", m.Identify("pictures"))]
    load = m.Load("/folder", None, Frame(0, 64, 1))  # type: ignore[arg-type]
    assert not registration.holds(Step("loader", ("load", 3), load))
    assert registration.take_in("identify", "pictures", Outcome("extractor", ("identify", "pictures"), IDENTITY)) == []
    assert runner.submitted[-1][2] == r.AddModels((r.Introduced(PICTURES, IDENTITY),))
    released = registration.take_in("model", "pictures", Outcome("writer", ("model", "pictures")))
    assert released == [embed(1), embed(2)]
    assert not registration.holds(embed(1))


def test_a_model_that_the_library_knows_is_asked_nothing() -> None:
    runner = Recorder()
    assert not Registration(runner, plan_of(PICTURES, registered=["pictures"])).holds(embed(1))
    assert runner.submitted == []


def test_after_a_refusal_what_waited_comes_back_and_the_model_is_asked_anew() -> None:
    runner = Recorder()
    registration = Registration(runner, plan_of(PICTURES))
    assert registration.holds(embed(1))
    refused = Outcome("writer", ("model", "pictures"), refused=Refused("ModelMismatch", "another model"))
    assert registration.take_in("model", "pictures", refused) == [embed(1)]
    assert registration.holds(embed(1))
    assert len(runner.submitted) == 2


def test_what_is_expected_is_asked_once_and_counts_when_it_is_needed() -> None:
    runner = Recorder()
    registration = Registration(runner, plan_of(PICTURES, WORDS))
    registration.expect("image")
    assert (registration.busy, len(runner.submitted)) == (True, 1)
    refused = Outcome("extractor", ("identify", "pictures"), refused=Refused("ModelUnavailable", "no weights"))
    assert registration.take_in("identify", "pictures", refused) == []
    assert not registration.busy
    assert registration.holds(embed(1))
    assert registration.holds(embed(2))
    assert len(runner.submitted) == 2
    assert registration.take_in("identify", "pictures", refused) == [embed(1), embed(2)]


def test_a_model_that_was_taken_out_meanwhile_is_not_registered() -> None:
    runner = Recorder()
    registration = Registration(runner, plan_of(PICTURES))
    registration.expect("image")
    registration.renew(plan_of(WORDS))
    registration.take_in("identify", "pictures", Outcome("extractor", ("identify", "pictures"), IDENTITY))
    assert [stage for stage, _, _ in runner.submitted] == ["extractor"]
    assert not registration.busy
