"""What could only be learned of a model by importing its library, kept in the cache, so that it is imported once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from aptl3.config import cache_dir
from aptl3.models.written import folder_of, write_whole


def remembered(name: str, state: Sequence[str | int], find_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``find_out`` gives (JSON), from the cache while ``state``, on which it depends, is the same."""
    place = folder_of(cache_dir(), name) / "described.json"
    try:
        kept = json.loads(place.read_bytes())
        if kept["state"] == list(state) and isinstance(kept["known"], dict):
            known: dict[str, Any] = kept["known"]
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass
    known = find_out()
    write_whole(place, json.dumps({"state": list(state), "known": known}).encode())
    return known
