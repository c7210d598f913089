"""The whole way in a real window on a screen of its own, by mouse and keyboard: see ``way.py``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.media.samples import sample_photographs
from aptl3.storage.store import Store
from benchmarks.screen import Screen, available
from tests.conftest import stop
from tests.gui.way import BAD

CHECKOUT = Path(__file__).parents[2]
NAMES = ("coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "astronaut.png", "moon.png", "flower.jpg")

pytestmark = [
    pytest.mark.skipif(not available(), reason="no Xvfb here: apt install xvfb"),
    pytest.mark.skipif(shutil.which("xdotool") is None, reason="no xdotool here: apt install xdotool"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs of things, and a file that is none."""
    folder = tmp_path / "My photographs"
    folder.mkdir()
    for path in map(Path, sample_photographs()):
        if path.name in NAMES:
            shutil.copy(path, folder)
    (folder / BAD).write_bytes(b"this is no photograph")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "library"
    stop(tmp_path / "library")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a program whose windows come to a screen of their own."""
    with Screen() as screen:
        found = {**screen.environment, "APTL3_CONFIG_DIR": str(tmp_path / "config")}
        found.pop("DBUS_SESSION_BUS_ADDRESS", None)
        window = "from PyQt5.QtWidgets import QApplication; QApplication([])"
        if subprocess.run([sys.executable, "-c", window], env=found, capture_output=True).returncode:
            pytest.skip("Qt's libraries for X are not all here: apt install libxcb-xinerama0 libxkbcommon-x11-0 …")
        yield found


@pytest.mark.slow
def test_from_an_empty_library_to_a_mended_failure(
    tmp_path: Path, folder: Path, root: Path, environment: dict[str, str]
) -> None:
    picture = tmp_path / "lost.png"
    command = [sys.executable, "-m", "tests.gui.way", str(root), str(folder), str(picture)]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"{done.stderr}\nThe screen then: {picture}"
    with Store.open(root) as store:
        counts = store.counts()
        assert (counts.media, counts.thumbnails, counts.failures) == (len(NAMES) + 1, len(NAMES) + 1, 0)
        assert [job.state.value for job in store.jobs()] == ["done", "done"]
