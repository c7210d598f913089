"""A model is added step by step; what goes wrong on the way is told, and leaves what is sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors.addition import Addition, bootstraps
from aptl3.actors.upkeep import Reply
from aptl3.errors import Aptl3Error, DiskFull, ModelUnavailable
from aptl3.records.model import ModelRef, ModelSpec
from tests.actors.plans import PICTURES, WORDS

NEW = replace(PICTURES, name="new", space="new space")


class Library:
    """A host that answers at once, with what ``answers`` says for a class of task; ``done`` is all that was asked."""

    def __init__(self, answers: dict[type, Any]) -> None:
        self.answers = answers
        self.done: list[Any] = []
        self.models: Mapping[ModelRef, ModelSpec] = {ModelRef(one.name): one for one in (PICTURES, WORDS)}

    def keep(self, task: r.KeeperTask, reply: Reply) -> None:
        self._answer(task, reply)

    def operate(self, operation: r.WriterOperation, reply: Reply) -> None:
        self._answer(operation, reply)

    def change(self, operation: Callable[[], r.WriterOperation], reply: Reply) -> None:
        task = operation()
        if isinstance(task, r.AddModels):
            self.models = {**self.models, **{ModelRef(one.spec.name): one.spec for one in task.models}}
        self._answer(task, reply)

    def fill(self, reply: Reply) -> None:
        self.done.append("fill")
        reply(7)

    def _answer(self, task: Any, reply: Reply) -> None:
        self.done.append(task)
        reply(self.answers.get(type(task)))


INTRODUCED = (r.Introduced(NEW, m.Identity("new", "abc", "engine", b"probe")),)
BOOTSTRAP = r.Bootstrap(ModelRef("words"), ModelRef("new"))


def add(answers: dict[type, Any]) -> tuple[list[Any], Any]:
    library, told = Library({r.Introduce: INTRODUCED, **answers}), list[Any]()
    Addition(library, told.append).begin("new", "/weights")
    (answer,) = told
    return library.done, answer


def test_a_model_is_introduced_registered_aligned_and_filled_in() -> None:
    done, answer = add({r.Bootstrap: "{}"})
    steps = [r.Introduce("new", "/weights"), r.AddModels(INTRODUCED), BOOTSTRAP, r.AddAlignment("{}"), "fill"]
    assert (done, answer) == (steps, 7)
    done, _ = add({})
    assert not any(isinstance(task, r.AddAlignment) for task in done)


@pytest.mark.parametrize("refused", [r.Introduce, r.AddModels])
def test_a_model_that_is_not_accepted_changes_nothing(refused: type) -> None:
    error = ModelUnavailable("no weights")
    done, answer = add({refused: error})
    assert answer is error
    assert not any(isinstance(task, (r.Bootstrap, str)) for task in done)


@pytest.mark.parametrize("refused", [r.Bootstrap, r.AddAlignment])
def test_without_an_alignment_the_vectors_are_filled_in_all_the_same(refused: type) -> None:
    error: Aptl3Error = DiskFull("no room")
    done, answer = add({r.Bootstrap: "{}", refused: error})
    assert (answer, done[-1]) == (error, "fill")


def test_words_are_aligned_to_pictures_where_one_is_new_and_their_spaces_differ() -> None:
    tower = replace(WORDS, name="tower", space=NEW.space)
    models = {ModelRef(one.name): one for one in (PICTURES, WORDS, NEW, tower)}
    found = {(one.text.name, one.image.name) for one in bootstraps(models, ["new", "tower"])}
    assert found == {("words", "new"), ("tower", "pictures")}
