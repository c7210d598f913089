"""Many files brought from the web, several at once.

Guarantees: files come out as they are done; what the server does not have is told and costs nothing else; the first
file that cannot be had for another reason ends it all, since the next would fare no better. Whoever stops listening
(Ctrl-C too) waits for nobody: threads end with the bytes that come next, and what they have stays to be gone on with.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from aptl3.coco.fetch import Absent, Stopped, fetch

THREADS = 16  # a photograph takes a few round trips and hardly any bandwidth


class Wish(NamedTuple):
    """What is to be fetched, and where it is to lie."""

    url: str
    target: Path


class Fetched(NamedTuple):
    """A wish that was seen to; ``absent``: what the server said when it does not have it."""

    wish: Wish
    absent: str | None = None


def fetch_all(wishes: Sequence[Wish], most: int, threads: int = THREADS) -> Iterator[Fetched]:
    """Each wish once, in the order in which they are done; ``most`` bytes each. Raises what ``fetch`` raises, but for
    Absent and Stopped."""
    left: queue.SimpleQueue[Wish] = queue.SimpleQueue()
    done: queue.SimpleQueue[Fetched | Exception] = queue.SimpleQueue()
    stop = threading.Event()
    for wish in wishes:
        left.put(wish)

    def work() -> None:
        while not stop.is_set():
            try:
                wish = left.get_nowait()
            except queue.Empty:
                return
            try:
                fetch(wish.url, wish.target, most, stop=stop)
                done.put(Fetched(wish))
            except Absent as absent:
                done.put(Fetched(wish, str(absent)))
            except Stopped:
                return
            except Exception as error:  # raised again where somebody listens
                done.put(error)

    for number in range(min(threads, len(wishes))):
        threading.Thread(target=work, name=f"download {number}", daemon=True).start()
    try:
        for _ in wishes:
            one = done.get()
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        stop.set()
