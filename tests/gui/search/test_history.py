from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.gui.search import history
from aptl3.gui.search.history import History, Visit
from aptl3.gui.search.question import Part, Question
from aptl3.records.browsing import Filters, Sort


def words(text: str) -> Question:
    return Question((Part(words=text),))


def test_back_and_forward_to_where_one_was() -> None:
    past = History()
    assert not past.can_go_back and not past.can_go_forward
    past.ask(words("a"), media=1)
    past.ask(words("b"), media=2)
    assert past.go(-1, media=3) == Visit(words("a"), 2)
    assert past.go(-1, media=4) == Visit(Question(), 1)
    assert not past.can_go_back
    assert past.go(5) == Visit(words("b"), 3)


def test_another_question_cuts_off_what_followed() -> None:
    past = History()
    past.ask(words("a"))
    past.ask(words("b"))
    past.go(-1)
    past.ask(words("c"))
    assert not past.can_go_forward
    assert past.go(-1).question == words("a")


def test_filters_and_order_are_no_step() -> None:
    past = History()
    past.ask(words("a"))
    past.ask(Question(words("a").parts, Filters(modality="text"), Sort.OLDEST))
    assert past.present.question.sort is Sort.OLDEST
    assert past.go(-1).question == Question()


@given(st.lists(st.one_of(st.sampled_from("abc"), st.integers(-3, 3)), max_size=40))
def test_it_is_always_somewhere(steps: list[str | int]) -> None:
    past, most = History(), history.MOST
    try:
        history.MOST = 5
        for step in steps:
            if isinstance(step, str):
                past.ask(words(step))
                assert past.present.question == words(step)
            else:
                before = past.can_go_back, past.can_go_forward
                left = past.present
                assert (past.go(step) == left) or (before[0] if step < 0 else before[1])
        assert len(past._visits) <= 5
    finally:
        history.MOST = most
