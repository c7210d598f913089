"""Work on a model in an interpreter of its own, so that the memory of what it imports goes with it.

``call`` starts an interpreter that runs the ``main`` of a module, and waits; ``serve`` is what such a ``main`` does.
The process ends early when whoever started it dies. It imports from where its starter does, and not from the current
directory, where anything may lie.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import aptl3
from aptl3.errors import Aptl3Error, ModelUnavailable

_REFUSED = 3  # exit status: the last line on stderr is for the user


def call(module: str, *arguments: str, what: str, deadline: float) -> None:
    """Runs ``main(*arguments)`` of ``module``.

    Raises:
        ModelUnavailable: what that raised, in one line; or ``what`` ("The model m cannot be converted") and why, when
            it ended otherwise or not within ``deadline`` seconds.
    """
    command = [sys.executable, "-W", "ignore", "-c", _code(module), *arguments]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        try:
            code = process.wait(deadline)
        except subprocess.TimeoutExpired as error:
            raise ModelUnavailable(f"{what}: no end after {deadline:.0f} s.") from error
        finally:
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if code == _REFUSED:
        raise ModelUnavailable(lines[-1])
    if code != 0:
        raise ModelUnavailable(f"{what}: {lines[-1] if lines else f'it ended with {code}'}")


def serve(work: Callable[[], None]) -> NoReturn:
    """Does ``work`` in this process and ends it; what the user can mend is told to whoever called."""
    _end_with_starter()
    warnings.simplefilter("ignore")
    code = 0
    try:
        work()
    except Aptl3Error as error:
        sys.stderr.write(f"{error}\n")
        code = _REFUSED
    sys.stderr.flush()
    os._exit(code)  # the libraries' own clearing up takes longer than the work's last step and frees nothing


def _code(module: str) -> str:
    """What the interpreter runs. Both -c and -m let it look in the current directory first: its path is replaced before
    anything is imported that could lie there (sys is built in). -P is not there before Python 3.11."""
    path = [entry for entry in sys.path if entry]  # "" is the current directory
    ours = str(Path(aptl3.__file__).parents[1])
    if ours not in path:
        path.insert(0, ours)
    return f"import sys; sys.path[:] = {path!a}; from {module} import main; main(*sys.argv[1:])"


def _end_with_starter() -> None:
    """Our standard input is a pipe that nobody writes to: it ends when the process at its other end does."""

    def wait() -> None:
        while os.read(0, 1):  # sys.stdin would be locked by this thread, which an interpreter that ends stumbles over
            pass
        os._exit(4)

    threading.Thread(target=wait, daemon=True).start()
