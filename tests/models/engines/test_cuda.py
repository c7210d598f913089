from __future__ import annotations

import ctypes
from typing import Any

import pytest

from aptl3.models.engines.cuda import devices


class Driver:
    """A driver that says how many devices it has, or fails."""

    def __init__(self, count: int, status: int = 0) -> None:
        self._count, self._status = count, status

    def cuInit(self, flags: int) -> int:
        return self._status

    def cuDeviceGetCount(self, count: Any) -> int:
        count._obj.value = self._count
        return 0


@pytest.mark.parametrize(("driver", "found"), [(Driver(2), 2), (Driver(0), 0), (Driver(3, status=100), 0)])
def test_the_driver_is_asked(driver: Driver, found: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)
    assert devices() == found


def test_no_driver_means_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    assert devices() == 0
