from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aptl3.fitting.evaluation.collection import Collection
from aptl3.fitting.evaluation.trial import Pairs, Trial, trial
from aptl3.fitting.splitting import validation
from aptl3.records.relation import Caption
from aptl3.storage.writer import Writer
from tests.fitting.evaluation.samples import FOLDER, OTHERS, PICTURES, TEXTS, make


def held(writer: Writer, media: int) -> bool:
    return validation(writer.hashes([media])[0])


def collections(writer: Writer) -> dict[str, Collection]:
    return {model.name: Collection.of(writer, model) for model in writer.models()}


def answers(asked: Trial) -> dict[int, set[int]]:
    """Media item → the media items that answer it."""
    found: dict[int, set[int]] = {int(media): set() for media in asked.media}
    for query, row, counted in zip(*asked.truth, strict=True):
        if counted:
            found[int(asked.media[query])].add(int(asked.target.media[row]))
    return found


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    writer = Writer.open(tmp_path / "library")
    make(writer, pictures=60, captions=2, models=(PICTURES, OTHERS, TEXTS))
    return writer


def test_words_ask_for_their_own_held_out_picture(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        pairs = Pairs.of(writer, 1)
        asked = trial(known["texts"], known["pictures"], pairs, 1000)
        expected = {t: {p} for p, t in writer.pairs(1).tolist() if held(writer, p)}
        assert answers(asked) == expected and 8 < len(expected) < 60
        assert asked.answers == 1
        np.testing.assert_array_equal(asked.clusters, [next(iter(answers(asked)[int(one)])) for one in asked.media])
        np.testing.assert_array_equal(asked.vectors(), writer.vectors_of("texts", asked.media.tolist()))


def test_a_picture_asks_for_all_of_its_texts(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        asked = trial(known["pictures"], known["texts"], Pairs.of(writer, 1), 1000)
        found = answers(asked)
        assert asked.answers == 2 and set(map(len, found.values())) == {2}
        assert all(held(writer, picture) for picture in found)
        np.testing.assert_array_equal(asked.clusters, asked.media)


def test_between_models_of_one_modality_a_picture_answers_itself(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        found = answers(trial(known["pictures"], known["others"], Pairs.of(writer, 1), 1000))
        assert found and all(own == {media} for media, own in found.items())


def test_a_text_of_both_parts_neither_asks_nor_answers(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        of = {t: p for p, t in writer.pairs(1).tolist()}
        judge = next(t for t, p in of.items() if held(writer, p))
        trainer = next(p for p in of.values() if not held(writer, p))
        [place] = writer.locations(trainer)
        words = writer.words(judge)
        assert words is not None and place.path is not None
        with writer.checkpoint() as checkpoint:
            checkpoint.relate("captions", "made here", [Caption(place.path, words)])
        pairs = Pairs.of(writer, 1)
        assert judge not in trial(known["texts"], known["pictures"], pairs, 1000).media
        backwards = trial(known["pictures"], known["texts"], pairs, 1000)
        own = answers(backwards)[of[judge]]
        assert len(own) == 1 and judge not in own
        # It is right all the same, so it is no rival either.
        number = known["texts"].numbers(np.array([judge]))[0]
        assert not backwards.truth.counted[backwards.truth.rows == number].any()
        assert number in backwards.truth.rows


def test_fewer_queries_are_the_first_of_more(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        pairs = Pairs.of(writer, 1)
        whole = trial(known["texts"], known["pictures"], pairs, 1000)
        part = trial(known["texts"], known["pictures"], pairs, 5)
        np.testing.assert_array_equal(part.media, whole.media[:5])
        assert part.digest == whole.first(5).digest != whole.digest
        hashes = [writer.hashes([int(one)])[0] for one in whole.clusters]
        assert hashes == sorted(hashes)


def test_nothing_is_asked_where_nothing_has_vectors_of_both(writer: Writer) -> None:
    with writer:
        known = collections(writer)
        pairs = Pairs.of(writer, 1)
        with writer.checkpoint() as checkpoint:
            checkpoint.remove([FOLDER])
        gone = collections(writer)["pictures"]
        assert len(trial(known["texts"], gone, pairs, 1000).media) == 0
