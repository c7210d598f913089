"""Which pages of memory a worker gets, as the kernel tells it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aptl3.actors.runtime.supervisor import Supervisor
from tests.actors.runtime.conftest import doer, ready


def enabled(pid: int | str) -> list[str]:
    """Of large pages: "1" or "0"; nothing where the kernel does not tell (before Linux 5.0)."""
    told = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line.split()[1] for line in told if line.startswith("THP_enabled")]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is done")
@pytest.mark.parametrize("small", [True, False])
def test_a_worker_that_asks_for_small_pages_gets_no_others(supervise: Callable[..., Supervisor], small: bool) -> None:
    before = enabled("self")
    (pid,) = ready(supervise(doer(small_pages=small)))
    assert enabled(pid) == (["0"] if small and before else before)
    assert enabled("self") == before
