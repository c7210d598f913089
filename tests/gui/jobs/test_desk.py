"""Jobs in the whole window, with a service that only notes what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PyQt5.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PyQt5.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from aptl3.gui.connection import Situation
from aptl3.gui.service import Service
from aptl3.gui.window import MainWindow
from aptl3.records.job import JobState
from tests.gui.hands import painted, press_keys
from tests.gui.jobs.situations import job, situation
from tests.gui.library import new_library
from tests.older import make_older

Asked = list[tuple[Any, ...]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """What the service is asked for; nothing is looked at."""
    noted: Asked = []
    for name in ("add", "pause", "resume", "cancel", "set_workers", "retry", "forget", "again", "update"):
        monkeypatch.setattr(Service, name, lambda _, *details, name=name: noted.append((name, *details)))
    monkeypatch.setattr(Service, "_look", lambda _: None)
    yield noted


@pytest.fixture
def older(root: Path) -> Path:
    """A library of an older aptl3, there before the window."""
    make_older(root)
    return root


def show(window: MainWindow, now: Situation) -> None:
    window.service.situation = now
    window.service.changed.emit(now)


def said(window: MainWindow) -> list[str]:
    return [one.text() for one in window.findChildren(QLabel) if one.isVisible()]


def test_a_folder_is_chosen_in_a_dialog(qtbot: QtBot, asked: Asked, window: MainWindow, tmp_path: Path) -> None:
    qtbot.waitUntil(window.desk.first.isVisible)
    for command, mode in (("add", QFileDialog.FileMode.Directory), ("add-files", QFileDialog.FileMode.ExistingFiles)):
        window.commands[command].trigger()
        dialog = window.desk.dialog
        assert dialog is not None and dialog.isVisible() and dialog.fileMode() == mode
        dialog.filesSelected.emit([str(tmp_path)])
        dialog.reject()
    assert asked == [("add", [str(tmp_path)])] * 2
    window.desk.first.button.click()
    assert window.desk.dialog is not None and window.desk.dialog.isVisible()
    window.desk.dialog.reject()


def test_what_is_dropped_is_added(qapp: QApplication, asked: Asked, window: MainWindow, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    copy, left, no = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), copy, data, left, no))
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, left, no))
    assert asked == [("add", [str(tmp_path)])]


def test_an_older_library_is_brought_up_to_date_at_a_click(
    qtbot: QtBot, asked: Asked, older: Path, window: MainWindow
) -> None:
    page = window.library
    qtbot.waitUntil(page.older.isVisible)
    assert "Your library is from an earlier version" in said(window)
    before = painted(page.update_button)
    page.update_button.click()
    [(_, done)] = asked
    assert painted(page.update_button) != before  # one sees that it cannot be pressed
    assert "Your library is being brought up to date" in said(window) and not page.update_button.isEnabled()
    new_library(older).close()
    done()
    qtbot.waitUntil(window.desk.first.isVisible)
    assert page.update_button.isEnabled()  # for another one


def test_the_search_field_stays_in_sight_while_a_photograph_is_dragged(
    qtbot: QtBot, asked: Asked, ten: list[int], window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: len(window.grid.media) == 10)
    bar, grid = window.finding.asking.bar, window.grid
    copy, left, no = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    inside = bar.rect().adjusted(4, 4, -4, -4)

    def seen() -> list[QImage]:
        whole = painted(window)
        return [whole.copy(QRect(one.mapTo(window, inside.topLeft()), inside.size())) for one in (bar, grid)]

    field, pictures = seen()
    for name, in_sight in (("a.jpg", True), ("Holiday", False)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(f"/photographs/{name}")])
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), copy, data, left, no))
        assert seen()[1] != pictures and (seen()[0] == field) == in_sight
        QApplication.sendEvent(window, QDragLeaveEvent())
    assert seen() == [field, pictures]


def test_a_job_is_shown_and_told_what_to_do(qtbot: QtBot, asked: Asked, window: MainWindow) -> None:
    qtbot.waitUntil(window.desk.first.isVisible)
    assert not window.desk.bar.isVisible()
    room = window.pages.height()
    show(window, situation(job(4, found=10, pending=5, failed=2)))
    qtbot.waitUntil(lambda: window.desk.bar.failures.height() > 20)
    assert window.pages.height() == room  # nothing jumps
    assert "Holiday" in said(window) and window.desk.bar.isVisible()
    assert "Your folders are being read: the first photographs appear in a moment…" in said(window)
    press_keys(window, "Ctrl+Shift+P")
    qtbot.waitUntil(lambda: asked == [("pause", 4)])
    press_keys(window, "Ctrl+Shift+X")
    qtbot.waitUntil(lambda: asked[1:] == [("cancel", 4)])
    window.desk.bar.failures.click()
    assert window.pages.currentWidget() is window.desk.failures
    show(window, situation(job(4, JobState.PAUSED)))
    press_keys(window, "Ctrl+Shift+G")
    qtbot.waitUntil(lambda: asked[2:] == [("resume", 4)])


def test_what_went_wrong_is_said(asked: Asked, window: MainWindow) -> None:
    window.service.ended.emit(job(state=JobState.DONE, added=3))
    assert not window.banner.isVisible()
    window.service.ended.emit(job(state=JobState.DONE, error="Weights of a model are lacking."))
    assert window.banner.text == "Weights of a model are lacking."
    window.service.failed.emit("/a is not there (any more).")
    assert window.banner.text == "/a is not there (any more)."


def test_a_supervisor_that_dies_is_started_again_at_a_click(qtbot: QtBot, asked: Asked, window: MainWindow) -> None:
    window.service.lost.emit("Reading stopped unexpectedly.")
    assert window.banner.isVisible() and "Reading stopped unexpectedly." in said(window)
    press_keys(window, "Ctrl+Shift+A")
    qtbot.waitUntil(lambda: asked == [("again",)])
    window.service.lost.emit("Reading stopped unexpectedly.")
    window.service.connected.emit()
    assert not window.banner.isVisible()


def test_pages_ask_the_service(asked: Asked, window: MainWindow) -> None:
    window.desk.pipeline.workers_wanted.emit("decoder", 3)
    window.desk.failures.retry_wanted.emit(["file:///a"])
    window.desk.failures.forget_wanted.emit(None)
    assert asked == [("set_workers", "decoder", 3), ("retry", ["file:///a"]), ("forget", None)]
    for keys, page in (("Ctrl+2", "pipeline"), ("Ctrl+3", "failures"), ("Ctrl+4", "quality"), ("Ctrl+1", "library")):
        press_keys(window, keys)
        assert window.pages.currentWidget() is (window.library if page == "library" else getattr(window.desk, page))


def test_a_window_that_is_closed_during_a_job_asks_once(qtbot: QtBot, asked: Asked, window: MainWindow) -> None:
    show(window, situation(job(4)))
    assert not window.close() and window.isVisible()
    question = window.desk.closing.question
    assert question is not None
    [on] = [one for one in question.buttons() if one.text() == "&Go on reading"]
    on.click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert window.stopped and asked == []


def test_leaving_asks_nobody(asked: Asked, window: MainWindow) -> None:
    show(window, situation(job(4)))
    window.leave()
    assert not window.isVisible() and window.desk.closing.question is None


def test_a_failed_file_is_shown_in_its_folder(
    asked: Asked, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[str]] = []
    monkeypatch.setattr(window.finding.opening, "show_paths", shown.append)
    window.desk.failures.show_wanted.emit("/a/b.jpg")
    assert shown == [["/a/b.jpg"]]
