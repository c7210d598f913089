"""What is chosen keeps up with the machine, stays within it, and its neighbours differ in one thing."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.config import MIB, STAGES, Machine, Settings, default_settings
from aptl3.errors import BadArgument
from aptl3.fitting.tuning.choice import (
    LEAST_OPEN,
    MEMORY,
    Engine,
    choose,
    fits,
    fitted,
    forecast,
    limited,
    memory,
    neighbours,
    reason,
)
from aptl3.fitting.tuning.hosting import Cost

MS = 0.001
SMALL = {"loader": 0.2, "decoder": 2.2, "extractor": 5.2, "thumbnailer": 0.3, "writer": 0.2}  # ms, 500×375
LARGE = {"loader": 1.3, "decoder": 30.0, "extractor": 5.2, "thumbnailer": 0.3, "writer": 0.4}  # ms, 12 megapixels

seconds = st.floats(1e-5, 0.5)
costs_of = st.fixed_dictionaries(
    {stage: st.builds(lambda core, more: Cost(core, core * more), seconds, st.floats(1, 20)) for stage in STAGES}
)
machines = st.builds(Machine, st.integers(1, 64), st.integers(1 << 30, 1 << 38))


def costs(milliseconds: dict[str, float]) -> dict[str, Cost]:
    return {stage: Cost(value * MS, value * MS) for stage, value in milliseconds.items()}


def engines_of(machine: Machine, cost: Cost) -> list[Engine]:
    threads = {1, max(1, machine.cores // 2), machine.cores}
    return [Engine(count, 4 * count * times, cost) for count in sorted(threads) for times in (2, 4, 8)]


@given(costs_of, machines)
def test_every_stage_keeps_up_as_far_as_the_machine_goes(costs: dict[str, Cost], machine: Machine) -> None:
    settings, engine = choose(costs, engines_of(machine, costs["extractor"]), machine)
    ahead = forecast(settings, costs, engine, machine)
    core = sum(cost.core for cost in costs.values())
    bound = machine.cores / core
    assert ahead.per_second <= bound * 1.0001
    if ahead.stage is None:
        assert ahead.per_second == pytest.approx(bound)
    else:  # it cannot have more workers, or it is what there is one of, or gets all cores as it is
        alone = ahead.stage in ("writer", "extractor")
        assert alone or settings.workers[ahead.stage] >= min(machine.cores + 1, 16)
    assert settings.workers["writer"] == settings.workers["extractor"] == 1
    assert settings.extractor_threads <= machine.cores
    for stage in ("decoder", "thumbnailer"):
        assert 1 <= settings.workers[stage] <= machine.cores + 1


@given(st.fixed_dictionaries({stage: seconds.map(lambda core: Cost(core, core)) for stage in STAGES}), machines)
def test_the_choice_promises_as_much_as_the_defaults(costs: dict[str, Cost], machine: Machine) -> None:
    engines = engines_of(machine, costs["extractor"])
    settings, engine = choose(costs, engines, machine)
    default = default_settings(machine)
    promised, usual = (forecast(one, costs, engine, machine).per_second for one in (settings, default))
    assert promised >= 0.95 * usual


@pytest.mark.parametrize(
    ("milliseconds", "cores", "decoders", "threads"),
    [(SMALL, 2, 2, 2), (SMALL, 16, 6, 16), (LARGE, 2, 3, 1), (LARGE, 16, 17, 8)],
)
def test_photographs_small_and_large(milliseconds: dict[str, float], cores: int, decoders: int, threads: int) -> None:
    machine = Machine(cores, 8 << 30)
    given = costs(milliseconds)
    settings, _ = choose(given, engines_of(machine, given["extractor"]), machine)
    assert (settings.workers["decoder"], settings.extractor_threads) == (decoders, threads)
    assert settings.workers["loader"] == settings.workers["thumbnailer"] == 1 or cores == 16


def test_a_slow_drive_is_read_by_many_at_once() -> None:
    machine = Machine(4, 8 << 30)
    slow = {**costs(SMALL), "loader": Cost(0.2 * MS, 20 * MS)}
    settings, _ = choose(slow, engines_of(machine, slow["extractor"]), machine)
    assert settings.workers["loader"] == ceil(1.25 * 20 * 4 / 8.1)


def test_a_gpu_is_fed_by_as_many_decoders_as_it_takes() -> None:
    machine = Machine(16, 64 << 30, cuda=True)
    on_gpu = [Engine(16, batch, Cost(0.2 * MS, wall * MS), device=True) for batch, wall in ((16, 1.0), (64, 0.5))]
    given = costs(SMALL)
    settings, engine = choose(given, on_gpu, machine)
    assert engine.batch == settings.batch["extractor"] == 64
    assert settings.workers["decoder"] == ceil(1.25 * 2.2 / 0.5 / 1.25)
    assert settings.open_items >= 6 * 64
    ahead = forecast(settings, {**given, "extractor": engine.cost}, engine, machine)
    assert ahead.stage == "extractor" and ahead.per_second == pytest.approx(2000)


def test_of_engine_settings_that_are_as_good_the_smaller_are_taken() -> None:
    machine = Machine(8, 8 << 30)
    many = [Engine(threads, batch, Cost(5.2 * MS, 5.2 * MS)) for threads in (1, 4, 8) for batch in (16, 32)]
    settings, engine = choose(costs(LARGE), many, machine)
    assert (engine.threads, engine.batch) == (4, 16) and settings.extractor_threads == 4


@pytest.mark.parametrize(("milliseconds", "batch"), [(13.7, 16), (15.0, 32)])
def test_the_usual_batch_stays_unless_another_promises_more_than_a_short_run_can_be_wrong_by(
    milliseconds: float, batch: int
) -> None:
    many = [Engine(2, 16, Cost(milliseconds * MS, 7 * MS)), Engine(2, 32, Cost(12.5 * MS, 7 * MS))]
    assert choose(costs(SMALL), many, Machine(2, 8 << 30))[1].batch == batch


def test_threads_are_not_saved_for_more_than_a_twentieth_of_the_pace() -> None:
    many = [Engine(threads, 16, Cost(20 * MS, 20 * MS)) for threads in (15, 16)]
    assert 0.9 < many[0].most / many[1].most < 0.95  # and the cores are enough for either
    assert choose(costs(SMALL), many, Machine(16, 8 << 30))[1].threads == 16


def _differences(one: Settings, other: Settings) -> set[str]:
    changed = {stage for stage in STAGES if one.workers[stage] != other.workers[stage]}
    return changed | ({"threads"} if one.extractor_threads != other.extractor_threads else set())


@given(costs_of, machines)
def test_neighbours_differ_in_one_thing_and_stay_in_bounds(costs: dict[str, Cost], machine: Machine) -> None:
    settings, engine = choose(costs, engines_of(machine, costs["extractor"]), machine)
    ahead = forecast(settings, costs, engine, machine)
    near = list(neighbours(settings, ahead, machine))
    for one in near:
        changed = _differences(settings, one)
        assert len(changed) == 1 or changed == {"extractor", "threads"}
        assert one.workers["writer"] == 1 and min(one.workers.values()) >= 1
        assert 1 <= one.extractor_threads <= machine.cores
    assert len({str(one) for one in near}) == len(near) <= 9


@pytest.mark.parametrize(("cores", "split"), [(2, False), (4, False), (16, True)])
def test_a_second_extractor_is_tried_where_it_can_be_worth_its_memory(cores: int, split: bool) -> None:
    machine = Machine(cores, 8 << 30)
    given = costs(SMALL)
    settings, engine = choose(given, engines_of(machine, given["extractor"]), machine)
    near = neighbours(settings, forecast(settings, given, engine, machine), machine)
    assert any(one.workers["extractor"] == 2 for one in near) == split


@given(costs_of, machines, st.fixed_dictionaries({stage: st.integers(MIB, 2048 * MIB) for stage in STAGES}))
def test_it_fits_into_the_memory_or_is_the_least(
    costs: dict[str, Cost], machine: Machine, of_worker: dict[str, int]
) -> None:
    settings, _ = choose(costs, engines_of(machine, costs["extractor"]), machine)
    less = fitted(settings, of_worker, machine)
    least = set(less.workers.values()) == {1} and less.open_bytes <= LEAST_OPEN
    assert fits(less, of_worker, machine) or least
    assert all(less.workers[stage] <= settings.workers[stage] for stage in STAGES)
    if fits(settings, of_worker, machine):
        assert less == settings
    assert fits(less, of_worker, machine) == (memory(less, of_worker) <= MEMORY * machine.memory)


@pytest.mark.parametrize(
    ("cores", "share", "left"),
    [(None, None, (8, 1000)), (3, None, (3, 1000)), (None, 0.5, (4, 500)), (None, 0.01, (1, 10)), (2, 0.5, (2, 500))],
)
def test_what_may_be_used_of_a_machine(cores: int | None, share: float | None, left: tuple[int, int]) -> None:
    usable = limited(Machine(8, 1000, True, "name"), cores, share)
    assert (usable.cores, usable.memory) == left
    assert usable.cuda and usable.processor == "name"


@pytest.mark.parametrize(("cores", "share"), [(0, None), (9, None), (-1, None), (None, 0.0), (None, 1.5)])
def test_no_more_than_there_is(cores: int | None, share: float | None) -> None:
    with pytest.raises(BadArgument) as caught:
        limited(Machine(8, 1000), cores, share)
    assert "\n" not in str(caught.value)


def test_the_reason_names_the_stage_and_its_cores() -> None:
    machine = Machine(4, 8 << 30)
    settings = default_settings(machine)
    large = costs(LARGE)
    said = reason(4 / 0.0372, large, settings, machine)
    assert said == "The decoder holds the others back: 3.2 of 4 cores."
    drive = {**costs(SMALL), "loader": Cost(0.2 * MS, 20 * MS)}
    said = reason(50.0, drive, settings, machine)
    assert said == "The loader holds the others back: it is busy for 100 % of the time, waiting for the drive."
    one = replace(settings, workers={**settings.workers, "extractor": 1})
    gpu = {**costs(SMALL), "extractor": Cost(0.1 * MS, 4 * MS)}
    assert reason(225.0, gpu, one, machine) == "The extractor holds the others back: it is busy for 90 % of the time."
    assert reason(10.0, costs(SMALL), settings, machine) == "No stage holds the others back: 0.1 of 4 cores."
