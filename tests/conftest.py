"""What all tests share: converted models are kept between runs, and no supervisor outlives its test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3 import Library
from aptl3.service import client
from benchmarks.jobs import stop as stop
from tests.photographs import make_folder


@pytest.fixture(autouse=True, scope="session")
def model_cache(pytestconfig: pytest.Config) -> Path:
    """Converting a model takes seconds: once for all tests, in this checkout."""
    assert pytestconfig.cache is not None
    folder = Path(os.environ.get("APTL3_CACHE_DIR") or pytestconfig.cache.mkdir("models"))
    os.environ["APTL3_CACHE_DIR"] = str(folder)
    return folder


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Ctrl-C reaches this process and those that it starts, also where the tests run in the background of a shell that
    has its jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def seen_off() -> Iterator[None]:
    """A supervisor that was started here and is here still ends before this process does; a client would leave it."""
    yield
    for process in client._started:
        process.terminate()
        process.wait(60)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder of 30 files in subfolders: 27 distinct photographs and 3 copies (see ``make_folder``)."""
    return make_folder(tmp_path / "photographs", 30, seed=1)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library, whose supervisor is told to end when the test is over."""
    with Library(tmp_path / "library") as opened:
        yield opened
    stop(opened.root)
