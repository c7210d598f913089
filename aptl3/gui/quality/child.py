"""The process that reads and measures the quality of a library for the window: numbers are crunched, and models may be
imported, without the window's interpreter waiting for it, and it can be ended at any moment.

Started as ``python -c … ROOT look|measure RELATION`` (a number, or nothing for the largest relation), it writes JSON,
one document a line, to standard output:

| document | says |
| --- | --- |
| ``{"facts": {"models": […], "alignments": […], "relations": […]}}`` | first of all |
| ``{"progress": [done, all, what]}`` | steps, and what is being measured |
| ``{"lacking": true}`` | ``look``: not all has been measured of the library as it is |
| ``{"report": {…}}`` | as ``Report.as_json`` |
| ``{"error": text}`` | why there is none |

PyQt5 is not imported here.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from aptl3.errors import Aptl3Error, LibraryMissing
from aptl3.library import Library
from aptl3.storage.store import Store

EVERY = 0.1  # seconds between two words of progress


class _Lacking(Exception):
    """Something would have to be measured."""


def main(arguments: list[str]) -> int:
    root, mode, relation = arguments
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        Store.open(root).close()  # one of an older aptl3 stays as it is until somebody wants it otherwise
        with Library(root) as library:
            facts = _facts(library)
            _say(facts=facts)
            if facts["relations"]:
                _say(report=_report(library, int(relation) if relation else None, measure=mode == "measure"))
    except _Lacking:
        _say(lacking=True)
    except LibraryMissing:
        _say(facts={"models": [], "alignments": [], "relations": []})
    except Aptl3Error as error:
        _say(error=str(error))
    return 0


def _end_with_parent() -> None:
    """Nobody writes to standard input; it ends when the window is gone, killed maybe."""
    while os.read(0, 1024):
        pass
    os._exit(1)


def _facts(library: Library) -> dict[str, Any]:
    return {
        "models": library.models(),
        "alignments": [asdict(one) for one in library.alignments()],
        "relations": [asdict(one) for one in library.relations()],
    }


def _report(library: Library, relation: int | None, *, measure: bool) -> dict[str, Any]:
    from aptl3.fitting.evaluation.evaluation import Plan

    told = 0.0

    def progress(done: float, total: int, what: str) -> None:
        nonlocal told
        if done < total and not measure:
            raise _Lacking
        if time.monotonic() - told > EVERY:
            told = time.monotonic()
            _say(progress=[done, total, what])

    return library.evaluate(Plan(relation, trees=(), learning=False), progress).as_json()


def _say(**document: Any) -> None:
    sys.stdout.write(json.dumps(document, default=dict) + "\n")  # an alignment's models are a mapping
    sys.stdout.flush()
