from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.coco import fetch
from tests.coco.site import Site, serving


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A server of the folder ``site``, before whose mishaps nobody waits long."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(fetch, "PAUSE", 0.001)
    folder = tmp_path / "site"
    folder.mkdir()
    with serving(folder) as found:
        yield found
