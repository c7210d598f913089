from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from PyQt5.QtCore import QObject
from PyQt5.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from threadpoolctl import threadpool_info, threadpool_limits

from aptl3.gui import searching
from aptl3.gui.search.question import Part, Question
from aptl3.gui.searching import Answer, Asker, Engine
from aptl3.records.browsing import Filters, Sort
from aptl3.storage import mapped
from aptl3.storage.writer import Writer
from tests.gui.coloured import Coloured
from tests.search.conftest import add, add_texts, paint


@pytest.fixture
def coloured(root: Path, tmp_path: Path, writer: Writer) -> Coloured:
    return Coloured(root, tmp_path / "pictures", writer)


@pytest.fixture
def asker(qapp: QObject, coloured: Coloured) -> Iterator[Asker]:
    asker = Asker(coloured.root, coloured.open)
    asker.start()
    yield asker
    assert asker.stop()


def words(text: str, filters: Filters | None = None, sort: Sort | None = None) -> Question:
    return Question((Part(words=text),), filters or Filters(), sort)


def answer(qtbot: QtBot, asker: Asker, question: Question) -> Answer:
    with qtbot.waitSignal(asker.answered) as answered:
        asker.ask(1, question)
    assert answered.args is not None
    found: Answer = answered.args[1]
    return found


def refusal(qtbot: QtBot, asker: Asker, question: Question) -> str:
    with qtbot.waitSignal(asker.refused) as refused:
        asker.ask(1, question)
    assert refused.args is not None
    return str(refused.args[1])


def test_words_find_what_they_name(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    found = answer(qtbot, asker, words("a red thing"))
    assert found.media[0] == coloured.media["red"]
    assert len(found.media) == len(found.scores) == 23
    assert list(found.scores) == sorted(found.scores, reverse=True)
    assert found.question == words("a red thing")


def test_words_and_pictures_together(qtbot: QtBot, asker: Asker, coloured: Coloured, tmp_path: Path) -> None:
    path = str(paint(tmp_path / "elsewhere.png", (10, 10, 250)))
    found = answer(qtbot, asker, Question((Part(example=path), Part(example=coloured.media["red"], unlike=True))))
    order = found.media.tolist()
    assert order.index(coloured.media["blue"]) < 5 and order.index(coloured.media["red"]) > 15
    assert answer(qtbot, asker, Question((Part(example=path),))).media[0] == coloured.media["blue"]
    given = Question((Part(example=coloured.media["red"]),))
    assert coloured.media["red"] not in answer(qtbot, asker, given).media


def test_only_the_newest_question_is_answered(qtbot: QtBot, asker: Asker) -> None:
    answered: list[int] = []
    asker.answered.connect(lambda generation, _: answered.append(generation))
    for generation in range(5):
        asker.ask(generation, words("red"))
    qtbot.waitUntil(lambda: 4 in answered)
    assert answered[-1] == 4 and len(answered) <= 2  # the first may have been under way
    asker.ask(5, words("red"))
    asker.drop_question()
    asker.look_around(1)
    with qtbot.waitSignal(asker.near):
        pass
    assert 5 not in answered


def test_what_cannot_be_asked_costs_nothing(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    answer(qtbot, asker, words("red"))
    gone = str(coloured.folder / "gone.png")
    assert "gone.png cannot be read" in refusal(qtbot, asker, Question((Part(example=gone),)))
    answer(qtbot, asker, words("green"))
    assert coloured.models.opened.count("names") == 1  # what was opened is open still


def test_a_library_that_is_not_there_is_said(qtbot: QtBot, qapp: QObject, tmp_path: Path) -> None:
    asker = Asker(tmp_path / "nowhere")
    asker.start()
    assert "nowhere" in refusal(qtbot, asker, words("red"))
    asker.prepare()
    asker.look_around(1)  # nobody is bothered with these
    with qtbot.assertNotEmitted(asker.failed):
        refusal(qtbot, asker, words("red"))
    assert asker.stop()


def in_a_folder(coloured: Coloured, count: int) -> list[int]:
    """Purple pictures in a folder of their own, a day apart."""
    folder = coloured.folder / "2019"
    folder.mkdir()
    paths = [paint(folder / f"purple {number}.png", (250, 40 + number, 250)) for number in range(count)]
    for number, path in enumerate(paths):
        os.utime(path, (day := datetime(2019, 5, 1 + number, 12, tzinfo=timezone.utc).timestamp(), day))
    return add(coloured.writer, *paths)


@pytest.mark.parametrize("few", [50_000, 2])
def test_a_filter_finds_what_is_far_down(
    qtbot: QtBot, asker: Asker, coloured: Coloured, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(searching, "FEW", few)  # with few of them each one is compared, else more hits are looked at
    monkeypatch.setattr(searching, "LIMIT", 4)
    mine = in_a_folder(coloured, 4)
    found = answer(qtbot, asker, words("green", Filters(str(coloured.folder / "2019"))))
    assert sorted(found.media.tolist()) == sorted(mine)
    days = Filters(since=date(2019, 5, 2), until=date(2019, 5, 3))
    assert sorted(answer(qtbot, asker, words("green", days)).media.tolist()) == sorted(mine[1:3])
    assert len(answer(qtbot, asker, words("green", Filters("/nothing/here"))).media) == 0


def test_by_date_the_likely_ones_come_first(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    mine = in_a_folder(coloured, 4)
    best = answer(qtbot, asker, words("red"))
    for sort, step in ((Sort.NEWEST, -1), (Sort.OLDEST, 1)):
        found = answer(qtbot, asker, words("red", sort=sort))
        assert found.likely == best.likely
        assert set(found.media[: found.likely]) == set(best.media[: best.likely])
        assert [one for one in found.media.tolist() if one in mine] == mine[::step]
        score = dict(zip(best.media.tolist(), best.scores.tolist(), strict=True))
        assert [score[one] for one in found.media.tolist()] == found.scores.tolist()


def test_types(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    [text] = add_texts(coloured.writer, "a red house")
    assert answer(qtbot, asker, words("red", Filters(modality="text"))).media.tolist() == [text]
    assert text in answer(qtbot, asker, words("red", Filters(modality="any"))).media
    assert text not in answer(qtbot, asker, words("red")).media


def test_what_is_near(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    with qtbot.waitSignal(asker.near) as near:
        asker.look_around(coloured.media["red"])
    assert near.args is not None
    media, found = near.args
    assert media == coloured.media["red"] and media not in found
    assert len(found) == searching.NEAR


def test_who_asks_nothing_needs_no_memory_for_it(
    qtbot: QtBot, qapp: QObject, coloured: Coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "IDLE", 0)
    let_go: list[None] = []
    monkeypatch.setattr(mapped, "let_go", lambda: let_go.append(None))
    asker = Asker(coloured.root, coloured.open)
    asker.start()
    answer(qtbot, asker, words("red"))
    qtbot.waitUntil(lambda: len(let_go) == 1)
    asker.look_around(coloured.media["red"])
    qtbot.waitUntil(lambda: len(let_go) == 2)
    assert answer(qtbot, asker, words("green")).media[0] == coloured.media["green"]
    assert asker.stop()


def test_threads_do_not_wait_for_each_other_to_turn_one_row(root: Path, writer: Writer) -> None:
    with threadpool_limits(2, "blas"):
        engine = Engine.open(root)
        assert {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"} == {1}
        engine.close()


def test_a_model_is_opened_before_it_is_needed(qtbot: QtBot, asker: Asker, coloured: Coloured) -> None:
    asker.prepare()
    qtbot.waitUntil(lambda: "names" in coloured.models.opened)


def test_a_picture_that_lies_nowhere_is_searched_with(
    qtbot: QtBot, asker: Asker, coloured: Coloured, tmp_path: Path
) -> None:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 250, 10))
    path = str(tmp_path / "kept.png")
    asker.keep(image, path)
    assert answer(qtbot, asker, Question((Part(example=path),))).media[0] == coloured.media["green"]


def test_the_beginning_of_a_long_answer_comes_first(
    qtbot: QtBot, asker: Asker, coloured: Coloured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "FIRST", 5)
    answers: list[Answer] = []
    asker.answered.connect(lambda _, found: answers.append(found))
    first = answer(qtbot, asker, words("red"))
    with qtbot.waitSignal(asker.answered):
        asker.ask(2, words("red"), whole=True)
    assert len(answers) == 2  # the rest comes when it is asked for, not before
    whole = answers[1]
    assert (len(first.media), first.complete, len(whole.media), whole.complete) == (5, False, 23, True)
    assert first.media.tolist() == whole.media[:5].tolist()
