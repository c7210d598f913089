"""What the documents point to is there, and nothing is said twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "aptl3").rglob("*.md"), *(ROOT / "docs").glob("*.md")]
LINK = re.compile(r"\[[^\]]*\]\(([^)#:]+)[^):]*\)")  # pictures, too, but no addresses on the net


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    links = LINK.findall(path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_heading_stands_twice(path: Path) -> None:
    headings = [line for line in path.read_text("utf-8").splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings))


def test_links_are_recognized() -> None:
    text = "[a](b/README.md) ![p](p.png) [c](d.md#e) [f](https://example.org/g)"
    assert LINK.findall(text) == ["b/README.md", "p.png", "d.md"]
