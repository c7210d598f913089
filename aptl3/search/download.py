"""A file fetched from an address that the user gave.

Guarantees: it is there or refused within one deadline, however slowly the other side answers (looking its name up and
its headers included); no more bytes are taken than allowed; only http and https are spoken, also where one is sent on.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NothingYet  # not the built-in one before Python 3.11
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from aptl3.errors import BadArgument

_CHUNK = 64 << 10  # bytes


def download(url: str, most: int, deadline: float) -> bytes:
    """The bytes at ``url``, at most ``most``, within ``deadline`` seconds. Raises BadArgument in one line.

    A thread fetches, since neither looking a name up nor reading headers can be given an end. What it still waits for
    when the deadline has passed holds nobody, and the next bytes end it.
    """
    fetched: Future[bytes] = Future()
    end = time.monotonic() + deadline

    def fetch() -> None:
        try:
            fetched.set_result(_read(url, most, end))
        except Exception as error:
            fetched.set_exception(error)

    threading.Thread(target=fetch, name="download", daemon=True).start()
    try:
        data = fetched.result(deadline)
    except (OSError, ValueError, HTTPException, NothingYet) as error:  # URLError is an OSError
        why = str(error) or f"no end after {deadline:g} s"
        raise BadArgument(f"{url} cannot be fetched ({why}); save the picture and give its path") from error
    if len(data) > most:
        raise BadArgument(f"{url} is larger than {most >> 20} MiB; give a smaller picture")
    return data


def _read(url: str, most: int, end: float) -> bytes:
    """Up to one byte more than ``most``."""
    request = Request(url, headers={"User-Agent": "aptl3"})
    data = bytearray()
    with opened(request, max(end - time.monotonic(), 0.001)) as answer:
        announced = answer.length  # None where the sender does not tell
        wanted = most + 1 if announced is None else min(announced, most + 1)
        while len(data) < wanted:
            if time.monotonic() >= end:
                raise TimeoutError
            chunk = answer.read1(min(_CHUNK, wanted - len(data)))
            if not chunk:
                break
            data += chunk
    if announced is not None and len(data) < wanted:
        raise OSError(f"it ended after {len(data)} of {announced} bytes")
    return bytes(data)


def opened(request: Request, timeout: float) -> HTTPResponse:
    """The answer to ``request``, by http or https only, also where one is sent on. ``timeout``: seconds of silence.
    Raises what urllib raises: OSError, ValueError, HTTPException."""
    try:
        answer: HTTPResponse = build_opener(_WebOnly).open(request, timeout=timeout)
    except HTTPError as error:
        error.close()  # it holds the connection
        raise
    return answer


class _WebOnly(HTTPRedirectHandler):
    """The standard one follows to ftp: too."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not newurl.lower().startswith(("http://", "https://")):
            raise HTTPError(req.full_url, code, f"sent on to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
