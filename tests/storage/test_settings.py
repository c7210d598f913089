"""What a library remembers by name."""

from __future__ import annotations

from aptl3.storage.store import Store
from aptl3.storage.writer import Writer


def keep(writer: Writer, value: str | None) -> None:
    with writer.checkpoint() as checkpoint:
        checkpoint.keep_setting("colour", value)


def test_a_setting_is_there_until_it_is_forgotten(writer: Writer) -> None:
    with Store.open(writer.layout.root) as reader:
        assert reader.setting("colour") is None
        keep(writer, "red")
        assert reader.setting("colour") == "red"
        keep(writer, "green")
        keep(writer, "green")
        assert reader.setting("colour") == "green"
        assert reader.setting("shape") is None
        keep(writer, None)
        keep(writer, None)
        assert reader.setting("colour") is None
