from __future__ import annotations

import pytest

from aptl3.gui.pipeline.load import WINDOW, Load, Loads, limiting
from tests.gui.jobs.situations import stage


def test_how_busy_a_stage_is_is_that_of_the_last_seconds() -> None:
    loads = Loads()
    for second in range(60):  # two workers that do nothing for a minute
        loads.note({"decoder": stage(existed=2.0 * second)}, 10, float(second))
    for second in range(60, 60 + round(WINDOW) + 2):
        busy = 1.5 * (second - 59)
        found = loads.note({"decoder": stage(done=second, busy=busy, existed=2.0 * second)}, 10, float(second))
    assert found["decoder"].busy == pytest.approx(0.75)


def test_what_waits_is_a_share_of_what_there_is_room_for() -> None:
    loads = Loads()
    found = loads.note({"decoder": stage(queued=3, in_flight=2), "writer": stage(queued=50)}, 20, 0.0)
    assert found == {"decoder": Load(0.0, 5, 0.25), "writer": Load(0.0, 50, 1.0)}


def test_another_supervisor_counts_from_the_beginning() -> None:
    loads = Loads()
    loads.note({"decoder": stage(done=100, busy=50.0, existed=60.0)}, 10, 0.0)
    assert loads.note({"decoder": stage(done=2, busy=1.0, existed=4.0)}, 10, 1.0)["decoder"].busy == 0.0
    found = loads.note({"decoder": stage(done=3, busy=2.0, existed=8.0)}, 10, 2.0)
    assert found["decoder"].busy == pytest.approx(0.25)
    loads.clear()
    assert loads.note({"decoder": stage(done=4, busy=6.0, existed=12.0)}, 10, 3.0)["decoder"].busy == 0.0


def test_a_stage_that_comes_later_is_counted_from_its_beginning() -> None:
    loads = Loads()
    loads.note({}, 10, 0.0)
    assert loads.note({"keeper": stage(busy=1.0, existed=4.0)}, 10, 1.0)["keeper"].busy == pytest.approx(0.25)


def test_the_busiest_with_a_queue_holds_the_others_back() -> None:
    assert limiting({}) is None
    assert limiting({"loader": Load(0.3, 9, 0.9), "writer": Load(0.9, 0, 0.0)}) is None
    assert limiting({"decoder": Load(0.8, 9, 0.9), "extractor": Load(0.95, 3, 0.3)}) == "extractor"
    assert limiting({"decoder": Load(0.9, 9, 0.9), "extractor": Load(0.9, 3, 0.3)}) == "decoder"
