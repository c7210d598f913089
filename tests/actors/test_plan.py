"""What a library embeds with."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from aptl3.actors.plan import plan
from aptl3.models.registry import DEFAULTS, get
from aptl3.records.media import Products, Wanted
from aptl3.records.model import ModelRef
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer


def test_an_empty_library_embeds_with_the_packaged_models(tmp_path: Path) -> None:
    with Writer.open(tmp_path) as writer:
        made = plan(writer, 300)
    image, text = DEFAULTS
    assert made.wanted == Wanted(Products((image,), thumbnail=True), Products((text,), thumbnail=True))
    assert (made.registered, made.problem) == (frozenset(), None)


def test_each_medium_has_room_for_its_own_models_only(tmp_path: Path) -> None:
    with Writer.open(tmp_path) as writer:
        before = plan(writer, 300)
        with writer.checkpoint() as checkpoint:
            checkpoint.add_model(get("r-8-text"), "abc", b"")
        made = plan(writer, 300)
    assert made.layouts["image"] == before.layouts["image"]
    assert set(made.layouts["text"].vectors) == {"r-8-text", "all-minilm-l6-v2"}
    assert made.registered == {"r-8-text"}
    assert made.refs.keys() - before.refs.keys() == {ModelRef("r-8-text")}


def test_a_model_that_nobody_knows_any_more_is_left_out_and_told(tmp_path: Path) -> None:
    with Writer.open(tmp_path) as writer, writer.checkpoint() as checkpoint:
        checkpoint.add_model(get("r-8"), "abc", b"")
    connection = sqlite3.connect(tmp_path / "library.sqlite3")
    with connection:
        connection.execute("UPDATE model SET name = 'gone'")
    connection.close()
    with Store.open(tmp_path) as store:
        made = plan(store, 300)
    assert "gone" in (made.problem or "")
    assert set(made.models) == set(DEFAULTS)
