from __future__ import annotations

import pytest
from PyQt5.QtCore import QEvent, QPoint
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.quality.chart import Chart, Line, ticks
from tests.gui.hands import move, painted

LINE = Line("shipped", [1, 2, 5, 10, 80], [0.2, 0.4, 0.6, 0.8, 1.0], [0.1, 0.3, 0.5, 0.7, 1.0], [0.3] * 4 + [1.0])
OTHER = Line("joined by a very long name of an alignment of many models", [1], [0.5], [0.4], [0.6])


@pytest.fixture
def chart(qapp: QApplication, qtbot: QtBot) -> Chart:
    chart = Chart()
    qtbot.addWidget(chart)
    chart.resize(700, 340)
    chart.show()
    return chart


def test_marks_are_plain_numbers_and_end_with_all() -> None:
    assert ticks(80) == [1, 2, 5, 10, 20, 50, 80]
    assert ticks(2) == [1, 2]
    assert ticks(1_000_000) == [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]


def test_recall_between_the_points_is_that_before() -> None:
    assert [LINE.at(k) for k in (1, 3, 5, 79, 80, 500)] == [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]


def test_lines_are_drawn_and_told(chart: Chart) -> None:
    empty = painted(chart)
    chart.put([LINE, OTHER], 80)
    assert painted(chart) != empty
    assert chart.accessibleDescription() == "20 % at 1, 60 % at 5, 80 % at 10"
    few = painted(chart)
    chart.put([LINE], 80)
    assert painted(chart) != few


def test_the_pointer_shows_figures(chart: Chart) -> None:
    chart.put([LINE, OTHER], 80)
    before = painted(chart)
    for x in (100, 600):
        move(chart, QPoint(x, 100))
        assert painted(chart) != before
    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert painted(chart) == before
    move(chart, QPoint(2, 2))  # outside the axes
    assert painted(chart) == before


def test_one_item_is_no_trouble(chart: Chart) -> None:
    before = painted(chart)
    chart.put([Line("only", [1], [1.0], [0.5], [1.0])], 1)
    assert painted(chart) != before and chart.accessibleDescription() == "100 % at 1"
