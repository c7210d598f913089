"""One file brought from the web to the disk.

Guarantees: a file under its own name is whole; until then it is called ``….part``, and the next try goes on behind the
bytes that are there, where the server allows it (RFC 9110, section 14). Only http and https are spoken. Silence, a
connection that breaks off and a server's own trouble are waited for and tried again; what is not there is not.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

from aptl3.errors import Aptl3Error
from aptl3.search.download import opened
from aptl3.storage.files import translated

SILENCE = 30.0  # seconds without a byte after which a connection counts as broken
TRIES = 4
PAUSE = 0.5  # seconds before the second try, doubled for each further one
_CHUNK = 256 << 10  # bytes
_ABSENT = {401, 403, 404, 410, 451}  # object stores say 403 of what they do not have

Tell = Callable[[int, int | None], None]  # bytes there, bytes in all if the server says so


class Absent(Exception):
    """The server says that it has no such file, or not for us."""


class Stopped(Exception):
    """The caller wants no more."""


class _TryAgain(Exception):
    """What a later try may mend."""


def fetch(url: str, target: Path, most: int, tell: Tell | None = None, stop: threading.Event | None = None) -> None:
    """Brings ``url`` to ``target``, whose folder is there, unless it lies there already. ``most``: bytes.

    Raises:
        Absent: the server does not have it.
        Stopped: ``stop`` was set meanwhile.
        Aptl3Error: it cannot be fetched, it is larger than ``most``, or (DiskFull …) it cannot be written.
    """
    if target.exists():
        return
    stop = stop or threading.Event()
    part = target.with_name(target.name + ".part")
    for number in range(1, TRIES + 1):
        try:
            _once(url, part, most, tell or _silent, stop)
            with translated(target.parent):
                os.replace(part, target)
            return
        except (_TryAgain, ValueError) as error:  # ValueError: no address at all
            if number == TRIES or isinstance(error, ValueError):
                raise Aptl3Error(f"{url} cannot be fetched ({error}): the same command goes on later.") from error
        if stop.wait(PAUSE * 2 ** (number - 1)):
            raise Stopped


def _silent(_done: int, _whole: int | None) -> None:
    return


def _once(url: str, part: Path, most: int, tell: Tell, stop: threading.Event) -> None:
    """One try. Afterwards the part is the whole file, or an exception says why not."""
    there = part.stat().st_size if part.exists() else 0
    try:
        with opened(_request(url, there), SILENCE) as answer:
            begin, whole = _extent(answer)
            if begin not in (0, there):
                part.unlink()
                raise _TryAgain("the server sent another part than was asked for")
            if whole is not None and whole > most:
                raise Aptl3Error(f"{url} has {whole} bytes, more than {most >> 20} MiB: this is not what was expected.")
            done = _append(answer, part, begin, most, lambda count: tell(count, whole), stop)
    except HTTPError as error:
        if error.code in _ABSENT:
            raise Absent(f"{error.code} {error.reason}") from error
        if error.code == 416:  # nothing is behind the part: it is the whole file, or none of its parts
            if error.headers.get("Content-Range", "").strip() == f"bytes */{there}":
                return
            part.unlink(missing_ok=True)
        raise _TryAgain(str(error)) from error
    except (OSError, HTTPException) as error:  # URLError is an OSError
        raise _TryAgain(str(error) or type(error).__name__) from error
    if done > most:
        part.unlink()
        raise Aptl3Error(f"{url} has more than {most >> 20} MiB: this is not what was expected.")
    if whole is not None and done != whole:
        if done > whole:
            part.unlink()
        raise _TryAgain(f"it ended after {done} of {whole} bytes")


def _request(url: str, there: int) -> Request:
    headers = {"User-Agent": "aptl3", "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    return Request(url, headers=headers)


def _extent(answer: HTTPResponse) -> tuple[int, int | None]:
    """Where the answer's first byte belongs, and how many bytes the file has, None where the server does not tell."""
    if answer.status != 206:
        return 0, answer.length
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.getheader("Content-Range", "").strip())
    if match is None:
        return -1, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _append(
    answer: HTTPResponse, part: Path, begin: int, most: int, tell: Callable[[int], None], stop: threading.Event
) -> int:
    """Writes the answer behind the first ``begin`` bytes; returns the bytes that are there then."""
    done = begin
    with translated(part.parent), open(part, "ab" if begin else "wb") as file:
        while done <= most:
            try:
                chunk = answer.read1(_CHUNK)
            except (OSError, HTTPException) as error:  # of the net, not of the disk
                raise _TryAgain(str(error) or type(error).__name__) from error
            if not chunk:
                break
            file.write(chunk)
            done += len(chunk)
            tell(done)
            if stop.is_set():
                raise Stopped
        file.flush()
        os.fsync(file.fileno())
    return done
