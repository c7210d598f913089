from __future__ import annotations

import os
from pathlib import Path

import pytest

from aptl3.errors import ModelUnavailable
from aptl3.models import converted
from aptl3.models.converted import NETWORK, Fidelity, find, install, place


def fill(new: Path) -> Fidelity:
    (new / NETWORK).write_text("<net/>")
    (new / "network.bin").write_bytes(b"weights" * 100)
    return Fidelity("bf16", 0.9995, 0.999)


def test_what_is_installed_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "m" / "key"
    assert find(folder) is None
    install(folder, fill)
    found = find(folder)
    assert found is not None and found.fidelity == Fidelity("bf16", 0.9995, 0.999)
    assert found.network == folder / NETWORK and list(folder.parent.iterdir()) == [folder]
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", [NETWORK, "network.bin", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_folder_is_not_found_and_is_replaced(tmp_path: Path, name: str, damage: str) -> None:
    folder = tmp_path / "key"
    install(folder, fill)
    data = bytearray((folder / name).read_bytes())
    if damage == "gone":
        (folder / name).unlink()
    else:
        data[len(data) // 2] ^= 0x20
        (folder / name).write_bytes(data if damage == "flipped" and name != "manifest.json" else data[: len(data) // 2])
    assert find(folder) is None
    install(folder, fill)
    assert find(folder) is not None and list(tmp_path.iterdir()) == [folder]


def test_a_conversion_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(new: Path) -> Fidelity:
        fill(new)
        raise ModelUnavailable("no weights")

    with pytest.raises(ModelUnavailable):
        install(tmp_path / "key", fail)
    assert list(tmp_path.iterdir()) == []


def test_of_two_at_once_both_find_a_whole_one(tmp_path: Path) -> None:
    folder = tmp_path / "key"

    def overtaken(new: Path) -> Fidelity:
        install(folder, fill)
        return fill(new)

    install(folder, overtaken)
    assert find(folder) is not None and list(tmp_path.iterdir()) == [folder]


def test_what_a_dead_process_left_is_swept_away_after_a_while(tmp_path: Path) -> None:
    old, new = tmp_path / ".key.1.aa", tmp_path / ".key.2.bb"
    for path in (old, new):
        path.mkdir()
    os.utime(old, (1, 1))
    install(tmp_path / "key", fill)
    assert not old.exists() and new.exists()


def test_the_place_depends_on_what_could_change_the_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {place(tmp_path, "m", "f"), place(tmp_path, "m", "g")}
    for target, value in (("version", "2099.1"), ("_processor", "another")):
        with monkeypatch.context() as patch:
            patch.setattr(converted, target, lambda *_, value=value: value)
            places.add(place(tmp_path, "m", "f"))
    assert len(places) == 4
    assert place(tmp_path, "m", "f") in places
