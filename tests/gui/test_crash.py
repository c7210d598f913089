from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from PyQt5.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from aptl3.gui.crash import CrashHook, CrashWindow
from tests.gui.hands import press_keys


@pytest.fixture
def hook(qapp: QApplication, capsys: pytest.CaptureFixture[str]) -> Iterator[CrashHook]:
    hook = CrashHook()
    yield hook
    if hook._open is not None:
        hook._open.close()


def fail(hook: CrashHook) -> None:
    try:
        raise ZeroDivisionError("this is ours")
    except ZeroDivisionError:
        hook(*sys.exc_info())


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_bug_is_shown_in_full_and_can_be_copied(
    qtbot: QtBot, hook: CrashHook, elsewhere: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if elsewhere:
        thread = threading.Thread(target=fail, args=(hook,))
        thread.start()
        thread.join()
    else:
        fail(hook)
    qtbot.waitUntil(lambda: hook._open is not None)
    window = hook._open
    assert isinstance(window, CrashWindow) and window.isVisible()
    text = window.findChild(QPlainTextEdit)
    assert text is not None and "this is ours" in text.toPlainText() and "test_crash.py" in text.toPlainText()
    press_keys(window, "Ctrl+Shift+C")
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    qtbot.waitUntil(lambda: "ZeroDivisionError: this is ours" in clipboard.text())
    assert "this is ours" in capsys.readouterr().err


def test_a_second_bug_does_not_pile_up_windows(qtbot: QtBot, hook: CrashHook) -> None:
    fail(hook)
    first = hook._open
    fail(hook)
    assert hook._open is first and first is not None
    press_keys(first, "Esc")
    qtbot.waitUntil(lambda: not first.isVisible())
    fail(hook)
    assert hook._open is not first
