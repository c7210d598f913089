"""What an extractor costs with so many threads and batches of that many items: the real stage, alone."""

from __future__ import annotations

import mmap
import time
from collections.abc import Iterator

from aptl3.actors.extractor import Extractor
from aptl3.actors.layout import Layout
from aptl3.actors.messages import Embed
from aptl3.actors.pipeline import Places
from aptl3.actors.plan import Plan, plan
from aptl3.actors.runtime.frames import Frame, FramePool
from aptl3.actors.runtime.spec import Refused
from aptl3.config import Machine, Settings
from aptl3.errors import named
from aptl3.fitting.tuning.choice import Engine
from aptl3.fitting.tuning.hosting import Cost
from aptl3.models.opening import prepare
from aptl3.storage.store import Store

SECONDS = 0.25  # for which one way is measured, and one batch at the least
BATCHES = {False: (2, 4, 8), True: (4, 8, 16, 32)}  # times EACH, for each thread of a CPU, or in all on a GPU
EACH = 4  # pictures: whole blocks of every precision


def engines(places: Places, settings: Settings, machine: Machine) -> list[Engine]:
    """Each number of threads, with each size of batch, for the picture models that the library at ``places.root``
    embeds with; none when it has no picture model."""
    with Store.open(places.root) as store:
        ahead = plan(store, settings.thumbnail)
    layout = ahead.layouts["image"]
    models = [name for name, spec in ahead.models.items() if spec.input is not None]
    if not models:
        return []
    device = any("cuda" in prepare(ref, places.cache) for ref, spec in ahead.refs.items() if spec.input is not None)
    threads = {machine.cores} if device else {1, max(1, machine.cores // 2), machine.cores}
    return [one for count in sorted(threads) for one in _measured(places, ahead, layout, models, count, device)]


def _measured(
    places: Places, ahead: Plan, layout: Layout, models: list[str], threads: int, device: bool
) -> Iterator[Engine]:
    batches = [EACH * times * (1 if device else threads) for times in BATCHES[device]]
    room = max(batches) * (layout.size + mmap.PAGESIZE)  # frames are whole pages
    pool = FramePool(room, room)
    frames = [_frame(pool, layout.size) for _ in range(max(batches))]
    extractor = Extractor(places.root, places.cache, threads, memory=pool.memory)
    try:
        for batch in batches:
            tasks = [_embed(ahead, layout, name, frame) for frame in frames[:batch] for name in models]
            yield Engine(threads, batch, _timed(extractor, tasks, batch), device)
    finally:
        extractor.close()
        for frame in frames:
            pool.free(frame)
        pool.close()


def _timed(extractor: Extractor, tasks: list[Embed], items: int) -> Cost:
    for answer in extractor.run(tasks):  # opens the models, and finds out what is wrong with them
        if isinstance(answer, Refused):
            raise named(answer.reason, answer.error)
    extractor.run(tasks)  # engines that compile blocks do so when a batch comes for the second time
    core, wall, passed = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - wall < SECONDS:
        extractor.run(tasks)
        passed += items
    return Cost((time.process_time() - core) / passed, (time.perf_counter() - wall) / passed)


def _frame(pool: FramePool, size: int) -> Frame:
    frame = pool.allocate(size)
    assert frame is not None, "the pool was made for these"
    return frame


def _embed(ahead: Plan, layout: Layout, name: str, frame: Frame) -> Embed:
    wanted = ahead.models[name].input
    assert wanted is not None
    return Embed(name, frame, layout.inputs[wanted], layout.vectors[name])
