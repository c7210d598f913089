"""Weights from the place where their authors keep them, into the cache of the library that they belong to."""

from __future__ import annotations

import hashlib
import os
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from aptl3.errors import ModelUnavailable
from aptl3.models.written import aside

TIMEOUT = 30.0  # seconds without a byte
_CHUNK = 1 << 20


def download(url: str, path: Path, sha256: str = "", by_hand: str = "") -> None:
    """The file at ``url`` as ``path``, whole or not at all; ``sha256`` is what its digest begins with, ``by_hand`` what
    to do without a network where more than this file is to be fetched.

    Raises:
        ModelUnavailable: it cannot be had, kept, or is another; one line that says how to do it by hand.
    """
    by_hand = by_hand or f"fetch {url} yourself and put it to {path}, or give --weights"
    try:
        new = aside(path)
        try:
            with (
                urlopen(Request(url, headers={"User-Agent": "aptl3"}), timeout=TIMEOUT) as answer,
                new.open("wb") as file,
            ):
                digest = hashlib.sha256()
                while chunk := answer.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if answer.length:  # how much is still to come: a connection that ends early is no error to urllib
                raise OSError("the connection was lost")
            if not digest.hexdigest().startswith(sha256):
                raise ModelUnavailable(f"What {url} gives is damaged: try again, or {by_hand}.")
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
    except (OSError, ValueError, HTTPException) as error:  # OSError: the network's, and refusals of the server
        why = " ".join(str(error).split())
        raise ModelUnavailable(f"{path.name} cannot be downloaded ({why}): {by_hand}.") from error
