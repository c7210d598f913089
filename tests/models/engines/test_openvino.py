from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aptl3.config import cache_dir
from aptl3.models import synthetic
from aptl3.models.engines.openvino import LANES, LENGTHS, PictureEngine, TextEngine, cores, judge, offered
from aptl3.models.opening import open_text_model
from aptl3.models.registry import DEFAULT_TEXT
from tests.models.engines.test_rounding import network

BLOCK = 4


@pytest.fixture(scope="module")
def small() -> Any:
    return network(np.random.default_rng(0))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK + 3])
def test_rows_come_in_the_order_of_the_pictures(small: Any, threads: int, count: int) -> None:
    engine = PictureEngine(small, "f32", threads, BLOCK)
    pictures = synthetic.structured(count, 32, seed=count)
    single = PictureEngine(small, "f32", 1)
    assert engine.run(pictures) == pytest.approx(np.concatenate([single.run(one[None]) for one in pictures]), rel=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_batch_may_be_begun_before_another_is_waited_for(small: Any, threads: int) -> None:
    engine = PictureEngine(small, "f32", threads, BLOCK)
    first, second = (synthetic.structured(count, 32, seed=count) for count in (5 * BLOCK, 3 * BLOCK + 1))
    expected = engine.run(first), engine.run(second)
    earlier = engine.begin(list(first))
    later = engine.begin(list(second))
    assert later() == pytest.approx(expected[1], rel=1e-5)
    assert earlier() == pytest.approx(expected[0], rel=1e-5)


def test_an_error_is_told_to_whoever_waits_for_that_batch(small: Any) -> None:
    engine = PictureEngine(small, "f32", 1, BLOCK)
    pictures = synthetic.structured(2 * BLOCK, 32, seed=1)
    expected = engine.run(pictures)

    broken = engine.begin(pictures)
    lane, batch, place = engine._under_way[0]
    engine._under_way[0] = lane._replace(request=Failing(lane.request)), batch, place
    good = engine.begin(pictures)
    assert good() == pytest.approx(expected, rel=1e-5)
    with pytest.raises(RuntimeError, match="out of memory"):
        broken()


class Failing:
    """A request that fails once."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self._failed = False

    def wait(self) -> None:
        self._request.wait()
        if not self._failed:
            self._failed = True
            raise RuntimeError("out of memory")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


def test_every_picture_is_in_one_piece(small: Any) -> None:
    for threads in (1, 2, 3, 8):
        engine = PictureEngine(small, "f32", threads, BLOCK)
        engine.run(synthetic.structured(BLOCK * threads, 32, seed=1))
        for count in range(70):
            engine._get_ready(count)
            covered = [place for size, start in engine._cut(count) for place in range(start, start + size)]
            assert covered == list(range(count))


def test_blocks_are_compiled_when_they_are_wanted_again(small: Any) -> None:
    """What comes first does not wait for it: a search by one example never does."""
    engine = PictureEngine(small, "f32", 2, BLOCK)
    pictures = synthetic.structured(2 * BLOCK, 32, seed=2)
    for few in range(1, 2 * BLOCK):
        engine.run(pictures[:few])
    rows = engine.run(pictures)
    assert list(engine._free) == [1]
    assert engine.run(pictures) == pytest.approx(rows, rel=1e-5)
    assert sorted(engine._free) == [1, BLOCK]
    assert len(engine._free[BLOCK]) == len(engine._free[1]) == 2 * LANES


def test_the_first_rows_do_not_wait_for_blocks_to_be_compiled_for_the_second(small: Any) -> None:
    engine = PictureEngine(small, "f32", 2, BLOCK)
    pictures = synthetic.structured(2 * BLOCK, 32, seed=2)
    first, second = engine.begin(pictures), engine.begin(pictures)
    assert list(engine._free) == [1]
    rows = first()
    third = engine.begin(pictures)
    assert sorted(engine._free) == [1, BLOCK]
    assert second() == pytest.approx(rows, rel=1e-5) and third() == pytest.approx(rows, rel=1e-5)


def test_a_block_takes_no_more_room_in_float32_than_in_half_of_it(small: Any) -> None:
    assert PictureEngine(small, "f32", 1).block < PictureEngine(small, "bf16", 1).block


def test_blocks_of_one_are_there_already(small: Any) -> None:
    engine = PictureEngine(small, "f32", 1, 1)
    pictures = synthetic.structured(9, 32, seed=3)
    rows = engine.run(pictures)
    lanes = engine._free[1]
    assert engine.run(pictures) == pytest.approx(rows, rel=1e-5)
    assert engine._free == {1: lanes} and len(lanes) == LANES


def test_pictures_that_are_refused_cost_no_lane(small: Any) -> None:
    engine = PictureEngine(small, "f32", 1)
    good, wrong = synthetic.structured(2, 32, seed=1), synthetic.structured(2, 16, seed=1)
    rows = engine.run(good)
    for _ in range(5):
        with pytest.raises(ValueError):
            engine.begin([good[0], wrong[0]])
    assert engine.run(good) == pytest.approx(rows, rel=1e-5)


def test_threads_are_respected(small: Any) -> None:
    engine = PictureEngine(small, "f32", 1)
    compiled = engine._free[1][0].request.get_compiled_model()
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1 and compiled.get_property("NUM_STREAMS") == 1
    assert engine.batch >= 8 and engine.name == "openvino-f32"
    assert cores() >= 1


def test_a_network_is_as_near_to_itself_as_can_be(small: Any) -> None:
    verdict = judge(unit(small), unit(small), "f32", synthetic.structured(8, 32, seed=1))
    assert verdict.mean == pytest.approx(1, abs=1e-5) and verdict.worst == pytest.approx(1, abs=1e-5)
    assert verdict.speedup > 0


def test_only_precisions_that_the_processor_claims_are_offered() -> None:
    assert set(offered()) <= {"bf16", "f16"}


def test_texts_of_like_lengths_are_of_one_shape() -> None:
    longest = 2 * LENGTHS + 3
    engine = TextEngine(*counting(), longest, 1)
    shapes = []
    for words in (1, 3, LENGTHS, LENGTHS + 1, longest, 100):
        assert engine.run([" ".join(["one"] * words)]).tolist() == [
            [min(words, longest)] * 4
        ]  # the padding is no token
        shapes.append(engine._request.get_input_tensor(0).shape[1])
    assert shapes == [LENGTHS, LENGTHS, LENGTHS, 2 * LENGTHS, longest, longest]
    assert engine.run(["one", "one one one", "one one"])[:, 0].tolist() == [1, 3, 2]


def test_a_text_has_the_same_vector_whatever_comes_with_it() -> None:
    """Bit for bit: else a job that was interrupted gives other vectors than an undisturbed one."""
    with open_text_model(DEFAULT_TEXT, threads=2, cache=cache_dir()) as model:
        texts = [" ".join(["a dog on the beach"] * times) for times in (1, 2, 3, 5, 8)] + ["a cat", "two cats", "red"]
        alone = np.concatenate([model.embed([text]) for text in texts])
        assert model.embed(texts).tolist() == alone.tolist()
        assert model.embed(texts[::-1])[::-1].tolist() == alone.tolist()


def counting() -> tuple[Any, str]:
    """A text network that counts tokens, and its tokenizer."""
    from openvino import Model
    from openvino import opset13 as op
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    ids, mask = (op.parameter([-1, -1], np.int64, name) for name in ("ids", "mask"))
    count = op.reduce_sum(op.convert(op.multiply(ids, mask), "f32"), np.array([1]), True)
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "one": 1}, "[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return Model([op.tile(count, np.array([1, 4])).output(0)], [ids, mask], "counting"), tokenizer.to_str()


def unit(model: Any) -> Any:
    """The same network with rows of length 1."""
    from openvino import Model
    from openvino import opset13 as op

    copy = model.clone()
    features = copy.outputs[0].get_node().input_value(0)
    return Model([op.normalize_l2(features, np.array([1]), 1e-12, "max").output(0)], copy.get_parameters(), "unit")
