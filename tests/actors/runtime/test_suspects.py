from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime.suspects import Suspects


@given(
    tasks=st.integers(1, 40),
    culprits=st.sets(st.integers(0, 39), max_size=6),
    batch=st.integers(1, 9),
    attempts=st.integers(1, 4),
)
def test_culprits_are_given_up_and_nobody_else(tasks: int, culprits: set[int], batch: int, attempts: int) -> None:
    """A stage of one worker, played through: culprits kill it, alone or in company."""
    suspects = Suspects(attempts)
    queue: deque[Hashable] = deque(range(tasks))
    done: list[Hashable] = []
    given_up: list[Hashable] = []
    deaths = 0
    while queue or suspects:
        if suspects:
            keys = [suspects.next()]
        else:
            keys = [queue.popleft() for _ in range(min(batch, len(queue)))]
        if culprits.isdisjoint(keys):
            done += keys
            for key in keys:
                suspects.clear(key)
        else:
            deaths += 1
            key = suspects.accuse(keys)
            if key is not None:
                given_up.append(key)
    guilty = {key for key in culprits if key < tasks}
    assert sorted(given_up) == sorted(guilty)  # type: ignore[type-var]
    assert sorted(done) == sorted(set(range(tasks)) - guilty)  # type: ignore[type-var]
    assert deaths <= len(guilty) * (attempts + 1)


@given(
    tasks=st.integers(1, 20),
    batch=st.integers(1, 8),
    attempts=st.integers(1, 3),
    deaths=st.lists(st.booleans(), max_size=60),
    cancelled=st.sets(st.integers(0, 19)),
)
def test_whatever_dies_each_task_has_one_end(
    tasks: int, batch: int, attempts: int, deaths: list[bool], cancelled: set[int]
) -> None:
    suspects = Suspects(attempts)
    queue: deque[Hashable] = deque(range(tasks))
    ended: list[Hashable] = []
    script = deque(deaths)
    while queue or suspects:
        keys = [suspects.next()] if suspects else [queue.popleft() for _ in range(min(batch, len(queue)))]
        if script and script.popleft():
            key = suspects.accuse(keys)
            ended += [] if key is None else [key]
            if not script:
                ended += suspects.cancel(lambda key: key in cancelled)
        else:
            ended += keys
            for key in keys:
                suspects.clear(key)
    assert sorted(ended) == list(range(tasks))  # type: ignore[type-var]


def test_strikes_of_an_answered_task_are_forgotten() -> None:
    suspects = Suspects(2)
    assert suspects.accuse(["a"]) is None
    assert suspects.next() == "a"
    suspects.clear("a")
    assert suspects.accuse(["a"]) is None
    assert suspects.accuse([suspects.next()]) == "a"
