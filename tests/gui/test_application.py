"""The whole program, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

WINDOW = """
import sys
from pathlib import Path
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication
from aptl3.gui import application, window

class Told(window.MainWindow):
    def start(self):
        super().start()
        {started}

application.MainWindow = Told
sys.exit(application.run(Path(sys.argv[1])))
"""


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "APTL3_CONFIG_DIR": str(tmp_path / "config"), **more}


def run(tmp_path: Path, started: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WINDOW.format(started=started), tmp_path / "library"],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_window_is_closed_and_remembers(tmp_path: Path) -> None:
    done = run(tmp_path, "QTimer.singleShot(0, self.close)")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert (tmp_path / "config" / "window.ini").exists()


def test_a_bug_does_not_close_the_window(tmp_path: Path) -> None:
    done = run(tmp_path, "QTimer.singleShot(100, lambda: (print('alive'), self.close())); 1 / 0")
    assert "alive" in done.stdout and "ZeroDivisionError" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_it(tmp_path: Path, number: signal.Signals) -> None:
    code = WINDOW.format(started="print('shown', flush=True)")
    process = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "library"],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(30) == 0


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
@pytest.mark.parametrize("command", [["gui"], ["qt", ""]])
def test_without_a_screen_one_line_says_so(tmp_path: Path, command: list[str]) -> None:
    blind = {name: value for name, value in environment(tmp_path).items() if name != "QT_QPA_PLATFORM"}
    done = subprocess.run(
        [sys.executable, "-m", "aptl3", *command], env=blind, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1 and re.fullmatch(r"aptl3: There is no screen .*\n", done.stderr)
