"""A screen that nobody looks at: an X server without a monitor (Xvfb), for windows that are measured, tested, drawn.

Guarantees: the server is on a display of its own, reached by nobody else, and ends with the ``with`` block.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType

START_DEADLINE = 20.0  # seconds
NAME = "Xvfb"


def available() -> bool:
    """Whether Xvfb is installed (Debian, Ubuntu: apt install xvfb)."""
    return shutil.which(NAME) is not None


class Screen:
    """``size``: pixels. As a context manager, gives itself; ``environment`` is what a program needs to come there.

    >>> with Screen() as screen:                                          # doctest: +SKIP
    ...     subprocess.run(["aptl3", "gui"], env=screen.environment)
    """

    def __init__(self, size: tuple[int, int] = (1280, 720)) -> None:
        self.size = size
        self.display = ""

    def __enter__(self) -> Screen:
        reading, writing = os.pipe()
        width, height = self.size
        self._server = subprocess.Popen(
            [NAME, "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us, and the windows are closed first
        )
        os.close(writing)
        with os.fdopen(reading) as said:  # the number of the display when it is ready, or nothing when it ends
            number = said.readline().strip()
        if not number:
            self._server.wait(START_DEADLINE)
            raise OSError(f"{NAME} did not start")
        self.display = f":{number}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        try:
            self._server.wait(START_DEADLINE)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    @property
    def environment(self) -> dict[str, str]:
        """The variables of this process, with those that lead a window to this screen."""
        others = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "XAUTHORITY")}
        return {**others, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
