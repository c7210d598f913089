from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.storage.writer import Writer
from tests.storage.samples import add_models


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def writer(root: Path) -> Iterator[Writer]:
    """An empty library that knows two models."""
    with Writer.open(root) as writer:
        add_models(writer)
        yield writer
