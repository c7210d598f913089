"""The process that tunes: what it measures is its own, and it can be ended at any moment with all that it began.

``measure`` starts an interpreter that runs ``main``, and waits. That one writes JSON to standard output, one document a
line: ``{"progress": [share, what]}``, then ``{"report": {…}}`` or ``{"error": …}``. It ends when its standard input
does, that is when whoever started it does, and takes its workers and its folder with it.
"""

from __future__ import annotations

import _thread
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import aptl3
from aptl3.actors.courtesy import confine, usable
from aptl3.config import Machine, cache_dir, process_environment
from aptl3.errors import Aptl3Error, named
from aptl3.fitting.tuning.report import Report
from aptl3.fitting.tuning.tuning import ALL, Progress, tune

FAREWELL = 10.0  # seconds until a process that is told to end is killed
_INTERRUPTED = 130


def measure(
    root: Path,
    files: Sequence[str],
    machine: Machine,
    usable: Machine,
    progress: Progress,
    seconds: float | None = None,
) -> Report:
    """Tunes for the library at ``root``, which need not be there, on a sample of ``files``; see ``tune``."""
    request = {
        "root": os.fspath(root),
        "files": list(files),
        "machine": vars(machine),
        "usable": vars(usable),
        "seconds": ALL if seconds is None else seconds,
    }
    folder = tempfile.TemporaryDirectory(prefix="aptl3-tune-", dir=_beside(root), ignore_cleanup_errors=True)
    with folder as work, tempfile.TemporaryFile() as log:
        process = _started(log)
        try:
            return _followed(process, {**request, "work": work}, log, progress)
        finally:
            _ended(process)


def _beside(root: Path) -> Path | None:
    """On the library's own drive, where commits take as long as they will; else where temporary files go."""
    parent = root.parent
    return parent if parent.is_dir() and os.access(parent, os.W_OK) else None


def _started(log: IO[bytes]) -> subprocess.Popen[bytes]:
    # Python looks in the current folder first, where anything may lie: the path is that of whoever starts it.
    path = [entry for entry in sys.path if entry]
    ours = os.path.dirname(os.path.dirname(os.path.abspath(aptl3.__file__)))
    path = path if ours in path else [ours, *path]
    code = f"import sys; sys.path[:] = {path!a}; from {__name__} import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env=process_environment(),
        start_new_session=os.name == "posix",  # Ctrl-C is for whoever started it
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _followed(process: subprocess.Popen[bytes], request: dict[str, Any], log: IO[bytes], progress: Progress) -> Report:
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        process.stdin.flush()
    for line in process.stdout:
        document = json.loads(line)
        if "progress" in document:
            progress(*document["progress"])
        elif "error" in document:
            raise named(*document["error"])
        else:
            return Report.from_json(document["report"])
    log.seek(0)
    said = log.read().decode("utf-8", "replace").strip().splitlines()
    raise Aptl3Error(f"The measuring ended unexpectedly ({said[-1] if said else 'it said nothing'}): run it again.")


def _ended(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        process.stdout.close()


def main() -> int:
    """Entry of the process: the request is the first line of standard input."""
    stdout = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever prints by mistake goes to the log

    def say(**document: Any) -> None:
        stdout.write(json.dumps(document) + "\n")
        stdout.flush()

    signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored where a shell starts us behind a &
    request = json.loads(sys.stdin.buffer.readline())
    machine, part = Machine(**request["machine"]), Machine(**request["usable"])
    work = Path(request["work"])
    if part.cores < machine.cores:
        confine(usable()[: part.cores])
    try:
        _end_with_starter()
        report = tune(
            Path(request["root"]),
            work,
            cache_dir(),
            request["files"],
            machine,
            part,
            lambda share, what: say(progress=[share, what]),
            request["seconds"],
        )
        say(report=report.as_json())
    except Aptl3Error as error:
        say(error=[type(error).__name__, str(error)])
    except (BrokenPipeError, KeyboardInterrupt):
        return _INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # there is nothing left to be ended
        shutil.rmtree(work, ignore_errors=True)
    return 0


def _end_with_starter() -> None:
    """Nobody writes to standard input any more; when it ends, nobody waits for us, and that is a KeyboardInterrupt. On
    Linux the kernel tells it: a process without a second thread can fork its workers, as a supervisor does."""
    if sys.platform != "linux":
        threading.Thread(target=_watch_starter, daemon=True).start()
        return
    import fcntl

    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETSIG, signal.SIGINT)
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([0], [], [], 0)[0]:  # it ended before that
        raise KeyboardInterrupt


def _watch_starter() -> None:
    while os.read(0, 1024):
        pass
    _thread.interrupt_main()
