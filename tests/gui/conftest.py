"""What the tests of the window share: an application without a screen, and small libraries."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt5.QtCore import QEvent
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.application import make_application
from aptl3.gui.preferences import Preferences
from aptl3.gui.reading import Reader
from aptl3.gui.theme import Choice, Theme
from aptl3.gui.window import MainWindow
from aptl3.storage.writer import Writer
from tests.gui.library import add, new_library


@pytest.fixture(scope="session")
def qapp() -> Iterator[QApplication]:
    """Takes the place of pytest-qt's; only this application is made without a screen, not those of other processes."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QT_QPA_PLATFORM", "offscreen")
        environment.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        application = make_application()
    gc.collect()
    gc.freeze()  # else each of many collections would look at all that other tests have loaded
    yield application
    gc.unfreeze()


@pytest.fixture(autouse=True)
def collected_here(qapp: QApplication) -> Iterator[None]:
    """No widget of an earlier test is destroyed in a thread of this one, and none is there that a new style would have
    to reach."""
    gc.disable()
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()


class PatientBot(QtBot):
    """Waits as long as a busy machine may need; what does not come at all fails all the same."""

    PATIENCE = 60_000  # ms

    def waitUntil(self, callback: Any, *, timeout: int = PATIENCE) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE, **details: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **details)

    def waitSignals(self, signals: Any, *, timeout: int = PATIENCE, **details: Any) -> Any:
        return super().waitSignals(signals, timeout=timeout, **details)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """Takes the place of pytest-qt's."""
    return PatientBot(request)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def writer(root: Path) -> Iterator[Writer]:
    """An empty library."""
    with new_library(root) as writer:
        yield writer


@pytest.fixture
def ten(writer: Writer) -> list[int]:
    """The ids of ten photographs in the library, newest first."""
    return add(writer, 10)


@pytest.fixture
def reader(qapp: QApplication, root: Path) -> Iterator[Reader]:
    """Not started yet."""
    reader = Reader(root)
    yield reader
    assert reader.stop()


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, Choice.LIGHT)


@pytest.fixture
def window(qapp: QApplication, root: Path, tmp_path: Path, theme: Theme) -> Iterator[MainWindow]:
    """Shown, and reading."""
    window = MainWindow(root, Preferences(tmp_path / "window.ini"), theme)
    window.resize(900, 600)
    window.show()
    window.start()
    yield window
    window.leave()  # a job that is shown would be asked about
    assert window.stopped
    window.deleteLater()
