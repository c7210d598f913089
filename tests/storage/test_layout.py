from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aptl3.storage.layout import Layout


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_model_name_is_one_folder_of_its_own(name: str) -> None:
    layout = Layout(Path("/library"))
    folder = layout.model_folder(name)
    assert folder.parent == layout.vectors
    assert not folder.name.startswith(".")
    assert folder != layout.model_folder(name + "x")


def test_places() -> None:
    layout = Layout.of("/library")
    assert layout.segment("efficientnet-lite0", 3) == Path("/library/vectors/efficientnet-lite0/000003")
    assert layout.index_file("a/b", "7.ann") == Path("/library/indexes/a%2Fb/7.ann")
