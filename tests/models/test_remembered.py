from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aptl3.models.remembered import remembered


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("APTL3_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_it_is_found_out_once_while_nothing_changes() -> None:
    asked: list[int] = []

    def find_out() -> dict[str, Any]:
        asked.append(1)
        return {"dim": len(asked)}

    assert [remembered("a/b", ["1", 2], find_out) for _ in range(3)] == [{"dim": 1}] * 3
    assert remembered("a/b", ["1", 3], find_out) == {"dim": 2}


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"state": ["1"]}', b'{"state": ["1"], "known": 3}'])
def test_what_is_damaged_is_found_out_again(cache: Path, damage: bytes) -> None:
    remembered("m", ["1"], lambda: {"dim": 1})
    (kept,) = cache.rglob("*.json")
    kept.write_bytes(damage)
    assert remembered("m", ["1"], lambda: {"dim": 2}) == {"dim": 2}
