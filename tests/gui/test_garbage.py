from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PyQt5.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from aptl3.gui import garbage
from aptl3.gui.garbage import Garbage


class Cycle(QWidget):
    """Holds itself."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def test_widgets_go_in_the_interface_s_thread_only(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "EVERY", 10)
    collector = Garbage()
    threads: list[int] = []
    weakref.finalize(Cycle(), lambda: threads.append(threading.get_ident()))
    busy = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    busy.start()
    busy.join()
    assert threads == []
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]
    collector.end()
    assert gc.isenabled()
