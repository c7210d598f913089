"""OpenVINO on a CPU: the engines for pictures and for texts, and the comparison of precisions.

Each thread has its own stream and works on small blocks by itself, one behind the other: no barriers, no waiting in
loops, and a network whose activations stay in the processor's cache. A picture's vector does not depend on the block it
is in.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aptl3.models.engines.runtime import core
from aptl3.models.precision import Verdict, cosines

if TYPE_CHECKING:
    import openvino

# Pictures that a thread works on at once, by precision: as many as its caches bear, and float32 takes twice the room.
# Measured on Zen 4 with 1 MB of L2 cache a core, ms of core time an image, in bfloat16: blocks of 1: 5.4, 2: 5.2,
# 4: 5.1, 8: 5.5, 16: 5.9, and twice the memory; in float32 without AVX512: 1: 13.2, 2: 13.2, 4: 13.5, 8: 14.1, and
# beside the other stages of a job, which want the caches too, 4 takes 6 % more than 2, and 40 MB.
BLOCK = {"bf16": 4, "f16": 4, "int8": 4, "f32": 2}

LANES = 4  # pieces for each thread: one that it works on, those that wait for it, and those not waited for yet

# Texts are as many tokens long as this, or twice as many …: a length that comes for the first time costs 3 to 8 ms more
# than one that came before, and most of what is typed into a search field has 4 to 8 tokens.
LENGTHS = 8


class _Lane(NamedTuple):
    """An inference request, and the memory that it reads its pictures from."""

    request: Any
    input: np.ndarray  # uint8 (block, size, size, 3)


@dataclass
class _Batch:
    """Rows that are being computed: ``left`` pieces are under way, ``error`` is what one of them raised."""

    rows: np.ndarray
    left: int = 0
    error: Exception | None = None


class PictureEngine:
    """uint8 (n, size, size, 3) → float32 (n, dim), any n. To be used by one thread.

    It begins with single pictures. Blocks are compiled when as many pictures as fill them come again after their like
    have come back: that takes 0.1 s and 40 MB, for which neither a job's first photographs should wait nor a search by
    example.
    """

    def __init__(self, model: openvino.Model, precision: str, threads: int, block: int | None = None) -> None:
        self.name = f"openvino-{precision}"
        self.block = block or BLOCK[precision]
        self.batch = max(8, self.block * threads)
        self._threads = threads
        self._dim = model.outputs[0].get_partial_shape()[1].get_length()
        self._free = {1: self._compile(model, 1, precision)}
        self._uncompiled: tuple[openvino.Model, int, str] | None = (model, self.block, precision)
        if self.block == 1:
            self._uncompiled = None
        self._many = False  # pictures for whole blocks have come, and gone
        self._under_way: deque[tuple[_Lane, _Batch, slice]] = deque()

    def run(self, pictures: np.ndarray) -> np.ndarray:
        return self.begin(pictures)()

    def begin(self, pictures: Sequence[np.ndarray] | np.ndarray) -> Callable[[], np.ndarray]:
        """Hands the pictures to the threads, behind what was begun before, and returns what waits for their rows.

        A second batch that is begun before the first is waited for keeps the threads at work meanwhile.
        """
        batch = _Batch(np.empty((len(pictures), self._dim), np.float32))
        self._get_ready(len(pictures))
        for size, start in self._cut(len(pictures)):
            while not self._free[size]:
                self._collect()
            lane = self._free[size].pop()
            try:
                for place, picture in enumerate(pictures[start : start + size]):
                    lane.input[place] = picture
                lane.request.start_async()
            except BaseException:
                self._free[size].append(lane)
                raise
            self._under_way.append((lane, batch, slice(start, start + size)))
            batch.left += 1

        def rows() -> np.ndarray:
            while batch.left:
                self._collect()
            if batch.error is not None:
                raise batch.error
            self._many = self._many or len(pictures) >= self.block * self._threads
            return batch.rows

        return rows

    def close(self) -> None:
        self._under_way.clear()
        self._free.clear()

    def _get_ready(self, count: int) -> None:
        """Compiles blocks when it is time."""
        if self._many and self._uncompiled is not None and count >= self.block * self._threads:
            self._free[self.block] = self._compile(*self._uncompiled)
            self._uncompiled = None

    def _compile(self, model: openvino.Model, size: int, precision: str) -> list[_Lane]:
        """With its lanes: more than threads, as rows are waited for in order, and one that gets on faster than another
        should find something to go on with."""
        model = model.clone()
        shape = model.inputs[0].get_partial_shape()
        shape[0] = size
        model.reshape(shape)
        compiled = _compile(model, precision, streams=self._threads, threads=self._threads)
        requests = [compiled.create_infer_request() for _ in range(LANES * self._threads)]
        return [_Lane(request, request.get_input_tensor().data) for request in requests]

    def _cut(self, count: int) -> Iterator[tuple[int, int]]:
        """(size, start) of the pieces: whole blocks, if there are any, while there is one for every thread, then
        singles."""
        every = self.block * self._threads
        whole = count // every * every if self.block in self._free else 0
        yield from ((self.block, start) for start in range(0, whole, self.block))
        yield from ((1, start) for start in range(whole, count))

    def _collect(self) -> None:
        """Waits for the oldest piece."""
        lane, batch, place = self._under_way.popleft()
        batch.left -= 1
        try:
            lane.request.wait()
            batch.rows[place] = lane.request.get_output_tensor().data
        except Exception as error:  # it is told to whoever waits for that batch, which may be another
            batch.error = error
        self._free[len(lane.input)].append(lane)


class TextEngine:
    """Texts, by their tokenizer, → float32 (n, dim). All threads work on one text: the latency of a query counts.

    One after the other: beside others, a text's vector would depend on them in its last bits, so that a job that was
    interrupted would not give what an undisturbed one gives. 16 at a time are no faster for texts of 3 to 60 words, and
    take a quarter less for those of 3 to 14.
    """

    batch = 1

    def __init__(self, model: openvino.Model, tokenizer: str, longest: int, threads: int) -> None:
        from tokenizers import Tokenizer

        self.name = "openvino-f32"
        self._longest = longest
        self._dim = model.outputs[0].get_partial_shape()[1].get_length()
        self._tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        self._request: Any = _compile(model, "f32", streams=1, threads=threads).create_infer_request()

    def run(self, texts: Sequence[str]) -> np.ndarray:
        # A name that is no UTF-8 comes with surrogates, which the tokenizer would refuse.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(clean)]
        rows = np.empty((len(tokens), self._dim), np.float32)
        for place, text in enumerate(tokens):
            ids = np.zeros((1, min(_rounded(len(text)), self._longest)), np.int64)
            mask = np.zeros_like(ids)
            ids[0, : len(text)], mask[0, : len(text)] = text, 1
            self._request.infer([ids, mask])
            rows[place] = self._request.get_output_tensor().data[0]
        return rows

    def close(self) -> None:
        self._request = None


def read(path: Path) -> openvino.Model:
    """A converted network from its file (the weights lie beside it)."""
    return core().read_model(path)


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def judge(reference: openvino.Model, candidate: openvino.Model, precision: str, pictures: np.ndarray) -> Verdict:
    """Compares ``candidate`` at ``precision`` with ``reference`` in float32, on one thread."""
    exact, exact_seconds = _timed(PictureEngine(reference, "f32", 1), pictures)
    rows, seconds = _timed(PictureEngine(candidate, precision, 1), pictures)
    return Verdict(*cosines(exact, rows), exact_seconds / seconds)


def offered() -> list[str]:
    """The lower precisions that this processor claims, best first."""
    claimed = core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return [name for name, claim in (("bf16", "BF16"), ("f16", "FP16")) if claim in claimed]


def _rounded(length: int) -> int:
    return -(-length // LENGTHS) * LENGTHS


def _timed(engine: PictureEngine, pictures: np.ndarray) -> tuple[np.ndarray, float]:
    """The rows, and the least core time of three runs: other work on the machine only adds."""
    rows = engine.run(pictures)
    times = []
    for _ in range(3):
        start = time.process_time()
        engine.run(pictures)
        times.append(time.process_time() - start)
    return rows, max(min(times), 1e-9)


def _compile(model: openvino.Model, precision: str, *, streams: int, threads: int) -> Any:
    """A network in "int8" says itself which of its operations are; the others keep float32, on every processor."""
    settings = {
        "INFERENCE_PRECISION_HINT": "f32" if precision == "int8" else precision,
        "NUM_STREAMS": streams,
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # the other processes of the pipeline use the same cores
    }
    return core().compile_model(model, "CPU", settings)
