from __future__ import annotations

import subprocess
import sys
import time
from unittest.mock import Mock

import psutil
import pytest

from aptl3.actors.courtesy import usable
from aptl3.actors.meter import Meter


def test_what_processes_use_is_told_from_what_others_do() -> None:
    code = "import sys\nsys.stdin.readline()\nfor _ in range(3_000_000): pass\nprint(flush=True)\ninput()"
    one = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert one.stdin is not None and one.stdout is not None
    meter = Meter(usable())
    assert meter.read([one.pid], 1.0)[0] == 0.0  # what was before it looked
    begin = time.monotonic()
    one.stdin.write(b"\n")
    one.stdin.flush()
    one.stdout.readline()
    ours, others = meter.read([one.pid], time.monotonic() - begin)
    assert 0 < ours <= len(usable()) + 0.5 and 0 <= others <= len(usable())
    one.communicate(b"\n")
    assert meter.read([one.pid, 2**22 + 1], 1.0)[0] >= 0  # it is gone, and the other never was


@pytest.mark.parametrize("error", [TypeError, ValueError, OSError, IndexError, psutil.AccessDenied])
def test_what_the_system_does_not_tell_is_nothing(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    monkeypatch.setattr(psutil, "cpu_percent", Mock(side_effect=error))
    meter = Meter(usable())
    assert meter.read([], 1.0) == (0.0, 0.0)
    assert meter.read([], 1.0)[1] == 0.0
    monkeypatch.setattr(psutil.Process, "cpu_times", Mock(side_effect=error))
    assert meter.read([], 1.0) == (0.0, 0.0)
