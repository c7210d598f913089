"""The end of a supervisor that does not answer any more.

Guarantees: no other process is ended than a supervisor of this package that has the service's lock open, whatever a
file says; the operating system frees the lock with it. All that was committed is kept (any process may die at any
instruction), and the jobs can be gone on with.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from pathlib import Path

import psutil

from aptl3.config import runtime_dir
from aptl3.errors import ServiceUnavailable
from aptl3.service.protocol import LOCK, check_owner, connect, told_place
from aptl3.storage.lock import WriterLock

DEADLINE = 20.0  # seconds for a process that was killed to be gone
KNOCKING = 0.2  # seconds to get at a socket whose owner is to be known
_PAUSE = 0.02  # seconds between looks whether it is gone


def end_hung(root: Path) -> None:
    """Ends the supervisor of the library in ``root``, if one runs, and waits until it is gone. ServiceUnavailable when
    it cannot be ended, or told from other processes."""
    folder = told_place(root) or runtime_dir(root)
    lock = WriterLock(folder / LOCK)
    if not lock.held():
        return
    check_owner(folder)
    process = _supervisor(folder, lock)
    if process is None:
        if not lock.held():  # it went by itself meanwhile
            return
        raise ServiceUnavailable(f"Which process holds {folder / LOCK} cannot be told: restart the computer.")
    try:
        process.kill()  # whose number is another process's by now is not
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise _stays(process) from error
    deadline = time.monotonic() + DEADLINE
    while _lives(process):
        if time.monotonic() > deadline:
            raise _stays(process)
        time.sleep(_PAUSE)


def _stays(process: psutil.Process) -> ServiceUnavailable:
    return ServiceUnavailable(f"The supervisor (process {process.pid}) cannot be ended: restart the computer.")


def _supervisor(folder: Path, lock: WriterLock) -> psutil.Process | None:
    """The process that hosts the supervisor: who listens, as the system says, or who noted itself in the lock."""
    for pid in (_listener(folder), lock.owner()):
        if pid is None or pid <= 1 or pid == os.getpid():
            continue
        try:
            process = psutil.Process(pid)
            if _serves(process.cmdline()) and _holds(process, folder / LOCK):
                return process
        except (psutil.Error, OverflowError):  # gone, or somebody else's, or no number of a process
            continue
    return None


def _listener(folder: Path) -> int | None:
    """The process that listens on the socket, where the system tells who that is."""
    if sys.platform != "linux":
        return None
    try:
        with connect(folder, KNOCKING) as sock:
            size = struct.calcsize("3i")  # struct ucred of unix(7): process, user, group
            pid, _, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
            return int(pid)
    except OSError:
        return None


def _serves(command: list[str]) -> bool:
    """Whether a command line is one that hosts a supervisor: ``aptl3 serve``, or what a client starts."""
    if any("aptl3.service.process" in word for word in command):
        return True
    return "serve" in command and "--stop" not in command and any("aptl3" in word for word in command)


def _holds(process: psutil.Process, path: Path) -> bool:
    """Whether it has ``path`` open. Its workers have not: they close what is not theirs."""
    try:
        return any(os.path.samefile(one.path, path) for one in process.open_files() if os.path.exists(one.path))
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # it is about to end, or not ours
        return False


def _lives(process: psutil.Process) -> bool:
    """A zombie, which only waits for its parent to take notice, has let go of the lock."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
