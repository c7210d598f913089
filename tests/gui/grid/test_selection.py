from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.gui.grid import selection
from aptl3.gui.grid.selection import Selection

LISTS = st.lists(st.integers(1, 200), unique=True, max_size=30)


def over(*media: int) -> Selection:
    return Selection(np.array(media, np.int64))


def test_one_then_a_range_then_another() -> None:
    chosen = over(10, 20, 30, 40, 50)
    chosen.only(1)
    chosen.extend(3)
    assert (chosen.ids(9), chosen.current, chosen.anchor, chosen.count) == ([20, 30, 40], 3, 1, 3)
    chosen.extend(0)
    assert chosen.ids(9) == [10, 20]
    chosen.toggle(4)
    assert (chosen.ids(9), chosen.anchor) == ([10, 20, 50], 4)
    chosen.extend(3, keep=True)
    assert chosen.ids(9) == [10, 20, 40, 50]
    chosen.toggle(4)
    assert chosen.ids(2) == [10, 20]
    chosen.clear()
    assert (chosen.count, chosen.current) == (0, 4)


def test_all() -> None:
    chosen = over(1, 2, 3)
    chosen.all()
    assert (chosen.count, chosen.current) == (3, 0)
    nothing = over()
    nothing.all()
    assert (nothing.count, nothing.current) == (0, None)


def test_a_range_without_an_anchor_is_one() -> None:
    chosen = over(1, 2, 3)
    chosen.extend(2)
    assert (chosen.ids(9), chosen.anchor) == ([3], 2)


@pytest.mark.parametrize("far", [0, 50_000_000])  # without a table, and with one
@given(media=LISTS, wanted=st.lists(st.integers(-5, 210), max_size=20))
def test_positions(far: int, media: list[int], wanted: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "_FAR", far)
        found = over(*media).positions(np.array(wanted, np.int64))
    assert found.tolist() == [media.index(one) for one in wanted if one in media]


@given(before=LISTS, after=LISTS, data=st.data())
def test_what_is_chosen_is_carried_to_another_list(before: list[int], after: list[int], data: st.DataObject) -> None:
    chosen = over(*before)
    for position in data.draw(st.lists(st.integers(0, len(before) - 1))) if before else []:
        chosen.toggle(position)
    ids = set(chosen.ids(99))
    carried = chosen.carried(np.array(after, np.int64))
    assert carried.ids(99) == [one for one in after if one in ids]
    if chosen.current is not None and before[chosen.current] in after:
        assert carried.current == after.index(before[chosen.current])
    else:
        assert carried.current is None


def test_a_million_chosen_take_a_byte_each() -> None:
    chosen = Selection(np.arange(1, 1_000_001))
    chosen.all()
    assert chosen.chosen.nbytes == 1_000_000
    assert chosen.carried(np.arange(2, 1_000_002)).count == 999_999
    assert chosen.find(777_777) == 777_776
