from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.credit import Credit, portion


@given(st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 300))))
def test_what_is_unanswered_stays_within_bounds(batches: int, events: list[tuple[bool, int]]) -> None:
    credit = Credit(batches, limit=200)
    held: list[int] = []
    for send, size in events:
        if send and credit.may_send(size):
            credit.sent(size)
            held.append(size)
        elif not send and held:
            credit.returned(held.pop(0))
        assert credit.bytes == sum(held) and credit.batches == batches - len(held)
        assert credit.bytes <= 200 or len(held) == 1
        assert credit.idle == (not held)


def test_misuse() -> None:
    credit = Credit(1)
    with pytest.raises(ValueError, match="not sent"):
        credit.returned(1)
    credit.sent(5)
    with pytest.raises(ValueError, match="no credit"):
        credit.sent(5)


def test_only_a_single_task_may_be_over_the_limit() -> None:
    credit = Credit(2, limit=10)
    assert credit.may_send(11, tasks=1) and not credit.may_send(11, tasks=2)
    credit.sent(11)
    assert not credit.may_send(1)


@given(st.integers(1, 50), st.integers(1, 16), st.integers(0, 8), st.booleans())
def test_without_linger_something_goes_at_once(waiting: int, batch: int, idle_workers: int, idle: bool) -> None:
    count = portion(waiting, batch, idle_workers, linger=0.0, waited=0.0, idle=idle)
    assert 1 <= count <= min(batch, waiting)
    if idle_workers:
        assert count == batch or count * idle_workers >= waiting  # nobody is left idle for nothing


@given(st.integers(1, 50), st.integers(1, 16), st.floats(0, 1), st.booleans())
def test_with_linger_batches_fill_up(waiting: int, batch: int, waited: float, idle: bool) -> None:
    count = portion(waiting, batch, int(idle), linger=0.5, waited=waited, idle=idle)
    if waiting >= batch:
        assert count == batch
    else:
        assert count == (waiting if idle and waited >= 0.5 else 0)
