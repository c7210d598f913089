from __future__ import annotations

from typing import Any

from aptl3.cli.status import staffed


def test_who_holds_the_others_back_and_how_it_gives_way() -> None:
    quiet: dict[str, Any] = {"limiting": None, "nice": None}
    assert staffed(quiet) == "The supervisor runs."
    assert staffed({**quiet, "limiting": "decoder"}) == "The supervisor runs; the decoder holds the other stages back."
    cores = {"cores": 2, "of": 4, "reason": "on battery"}
    said = "The supervisor runs; it gives way to other programs, on 2 of 4 cores (on battery)."
    assert staffed({**quiet, "nice": cores}) == said
