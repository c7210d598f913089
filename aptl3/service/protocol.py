"""How client and supervisor speak: JSON, one document a line, over a socket of the user's own.

Guarantees: nothing is unpickled; a line is bounded; both sides say their protocol's number first. On POSIX the socket
lies in a folder for its owner alone; on Windows it is a loopback port whose number and token lie there.

| client sends | supervisor answers |
| --- | --- |
| ``{"id": 1, "do": "ingest", …}`` | ``{"id": 1, "answer": …}`` or ``{"id": 1, "error": {"kind", "text"}}`` |
| ``{"id": 2, "do": "follow", "job": 3}`` | the answer, then ``{"event": "job", "job": {…}}`` until it rests |
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from aptl3.errors import Aptl3Error, ServiceUnavailable, named
from aptl3.storage.lock import WriterLock

PROTOCOL = 2
CONNECTING = 5.0  # seconds for a connection on the same machine
BACKLOG = 128  # clients that may wait to be let in: a script may start that many commands at once
MAX_LINE = 64 << 20  # bytes: a job of a hundred thousand single files takes some ten
_PAUSE = 0.02  # seconds between tries to be let in
_UNIX = hasattr(socket, "AF_UNIX") and os.name == "posix"


class Lines:
    """A socket as a sequence of JSON documents. Never blocks when the socket does not."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._in = bytearray()
        self._out = bytearray()

    def fileno(self) -> int:
        return self.socket.fileno()

    def receive(self) -> list[dict[str, Any]]:
        """Documents that have arrived in full. Raises EOFError when the other side is gone or talks nonsense."""
        try:
            data = self.socket.recv(1 << 16)
        except (BlockingIOError, InterruptedError, TimeoutError):
            return []
        except OSError as error:
            raise EOFError(str(error)) from error
        if not data:
            raise EOFError("the other side closed the connection")
        self._in += data
        if b"\n" not in data:
            if len(self._in) > MAX_LINE:
                raise EOFError("a line is too long")
            return []
        *lines, rest = bytes(self._in).split(b"\n")
        self._in = bytearray(rest)
        try:
            documents = [json.loads(line) for line in lines]
        except ValueError as error:
            raise EOFError("a line is no JSON") from error
        if not all(isinstance(document, dict) for document in documents):
            raise EOFError("a line is no JSON object")
        return documents

    def send(self, document: dict[str, Any]) -> None:
        """Queues a document and sends what goes without waiting. EOFError when the other side does not read."""
        self._out += json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"
        self.flush()
        if len(self._out) > MAX_LINE:
            raise EOFError("the other side does not read")

    @property
    def pending(self) -> bool:
        """Something is still to be sent: ``flush`` again soon."""
        return bool(self._out)

    def flush(self) -> bool:
        """True when nothing is left to send."""
        while self._out:
            try:
                sent = self.socket.send(self._out)
            except (BlockingIOError, InterruptedError):
                return False
            except OSError as error:
                raise EOFError(str(error)) from error
            del self._out[:sent]
        return True

    def close(self) -> None:
        self.socket.close()


def error_document(error: Exception) -> dict[str, str]:
    return {"kind": type(error).__name__, "text": str(error)}


def error_of(document: dict[str, str]) -> Aptl3Error:
    """The error that the other side raised, as the same class where it is one of ours."""
    return named(document.get("kind", ""), document.get("text", "The supervisor reported an error without a text."))


# ---- where the socket lies


def private_folder(folder: Path) -> Path:
    """``folder``, made for its owner alone; ServiceUnavailable when it is somebody else's."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if _UNIX:
            check_owner(folder)
            os.chmod(folder, 0o700)
    except OSError as error:
        raise ServiceUnavailable(f"{folder} cannot be used for the service's socket: {error.strerror}.") from error
    return folder


LOCK = "service.lock"  # a file beside the socket that the supervisor holds locked
CATALOG = "library.sqlite3"  # the file that is the library: another one is another library
PLACE = "service"  # a file in the library's folder that says where its supervisor's socket lies


def tell_place(root: Path, folder: Path) -> None:
    """Notes for clients with another environment (cron, sudo) where the socket lies, and of which library."""
    with suppress(OSError):  # a convenience: without it the usual folder is looked at
        told = {"library": _identity(root), "folder": os.fsdecode(folder)}
        (root / PLACE).write_text(json.dumps(told), "ascii")
        os.chmod(root / PLACE, 0o600)


def told_place(root: Path) -> Path | None:
    """Where the library's supervisor says that it listens, if it says so. In a copy of a library's folder lies what the
    supervisor of the original says, which is nobody here."""
    try:
        told = json.loads((root / PLACE).read_text("ascii"))
        return Path(told["folder"]) if told["library"] == _identity(root) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _identity(root: Path) -> list[int]:
    """What a copy does not have in common with the library in ``root``, and a moved one does."""
    found = os.stat(root / CATALOG)
    return [found.st_dev, found.st_ino]


def check_owner(folder: Path) -> None:
    """ServiceUnavailable when somebody else made the folder, or the one it lies in: he could answer in our name."""
    if not _UNIX:
        return
    for place in (folder.parent, folder):
        if os.lstat(place).st_uid not in (os.getuid(), 0):
            raise ServiceUnavailable(f"{place} belongs to another user: set XDG_RUNTIME_DIR to a folder of yours.")


def listen(folder: Path) -> socket.socket:
    """A listening socket in ``folder``. The caller holds the folder's lock, so what lies there is stale."""
    path = folder / "socket"
    path.unlink(missing_ok=True)
    if _UNIX:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(path))
        os.chmod(path, 0o600)
    else:
        server = socket.create_server(("127.0.0.1", 0))
        path.write_text(json.dumps({"port": server.getsockname()[1], "token": secrets.token_hex(16)}), "ascii")
    server.listen(BACKLOG)
    server.setblocking(False)
    return server


def token(folder: Path) -> str | None:
    """What a client must show first; None where the file system already keeps others out."""
    return None if _UNIX else str(json.loads((folder / "socket").read_text("ascii"))["token"])


def connect(folder: Path, within: float = CONNECTING) -> socket.socket:
    """A connection to the supervisor whose socket lies in ``folder``; OSError when none answers.

    Systems do not wait while as many as may wait to be let in do so: they refuse at once. That is tried again for
    ``within`` seconds, since a supervisor that is busy lets all of them in soon; then it is a BlockingIOError on Linux.
    """
    check_owner(folder)
    deadline = time.monotonic() + within
    while True:
        try:
            return _connect(folder / "socket", max(0.001, deadline - time.monotonic()))
        except (BlockingIOError, ConnectionRefusedError) as error:
            if time.monotonic() > deadline or not _crowded(error, folder):
                raise
        time.sleep(_PAUSE)


def _connect(path: Path, seconds: float) -> socket.socket:
    if not _UNIX:
        port = json.loads(path.read_text("ascii"))["port"]
        return socket.create_connection(("127.0.0.1", port), timeout=seconds)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(seconds)
        client.connect(str(path))
        client.settimeout(None)
    except OSError:
        client.close()
        raise
    return client


def _crowded(error: OSError, folder: Path) -> bool:
    """Whether too many wait to be let in. Linux says so; elsewhere it looks as if nobody listened, though one lives."""
    if isinstance(error, BlockingIOError):
        return True
    return sys.platform != "linux" and WriterLock(folder / LOCK).held()
