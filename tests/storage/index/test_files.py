from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aptl3.storage.index import files
from aptl3.storage.layout import Layout
from aptl3.storage.writer import Writer

MODEL = "a model/with a slash"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    with Writer.open(tmp_path / "library") as writer:
        return writer.layout


def publish(layout: Layout, sizes: dict[str, int], keep: tuple[str, ...] = ()) -> tuple[str, ...]:
    with files.work_folder(layout, MODEL, keep) as work:
        made = []
        for name, size in sizes.items():
            made.append(work / f"any{name}")
            made[-1].write_bytes(bytes(i * i % 251 for i in range(size)))
        return files.publish(layout, MODEL, made)


def test_files_stand_under_one_number_with_their_seal_last(layout: Layout) -> None:
    first = publish(layout, {".mean": 10, ".ann": 100_000})
    second = publish(layout, {".mean": 10}, keep=first)
    folder = layout.index_folder(MODEL)
    assert first == ("1.mean", "1.ann", "1.seal")
    assert second == ("2.mean", "2.seal")
    assert sorted(path.name for path in folder.iterdir()) == sorted(first + second)
    assert files.problem(folder, first) is files.problem(folder, second, thoroughly=True) is None


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_files_are_for_their_owner_alone(layout: Layout) -> None:
    names = publish(layout, {".mean": 10})
    folder = layout.index_folder(MODEL)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / name).stat().st_mode & 0o777 for name in names} == {0o600}


def test_what_no_record_names_goes_with_the_next_build(layout: Layout) -> None:
    orphans = publish(layout, {".mean": 10})
    kept = publish(layout, {".mean": 10})
    left = publish(layout, {".mean": 10}, keep=kept)
    names = {path.name for path in layout.index_folder(MODEL).iterdir()}
    assert orphans == kept  # the number was free again
    assert names == {*kept, *left}


def test_the_work_folder_of_a_builder_that_died_goes(layout: Layout) -> None:
    publish(layout, {".mean": 10})
    folder = layout.index_folder(MODEL)
    dead = folder / "build-dead"
    dead.mkdir()
    (dead / "index.ann").write_bytes(b"half")
    with files.work_folder(layout, MODEL, ()) as mine, files.work_folder(layout, MODEL, ()) as other:
        assert mine.is_dir()  # it is held
        assert other.is_dir()
        assert not dead.exists()
    assert list(folder.glob("build-*")) == []


def test_the_work_folder_goes_when_building_fails(layout: Layout) -> None:
    with pytest.raises(ZeroDivisionError), files.work_folder(layout, MODEL, ()) as work:
        (work / "index.ann").write_bytes(b"half")
        raise ZeroDivisionError
    assert list(layout.index_folder(MODEL).iterdir()) == []


@given(st.integers(0, 99_999))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
def test_a_truncated_file_is_found(layout: Layout, size: int) -> None:
    names = publish(layout, {".mean": 10, ".ann": 100_000})
    folder = layout.index_folder(MODEL)
    os.truncate(folder / names[1], size)
    assert files.problem(folder, names) == f"the index file {names[1]} is damaged"


def test_what_a_power_cut_leaves_is_found(layout: Layout) -> None:
    names = publish(layout, {".ann": 3_000_000})
    folder = layout.index_folder(MODEL)
    with open(folder / names[0], "r+b") as file:
        file.seek(1_000_000)
        file.write(bytes(1_000_000))
    assert files.problem(folder, names) is not None


def test_one_wrong_byte_of_a_small_file_is_found(layout: Layout) -> None:
    names = publish(layout, {".lists": 3_000_000})
    folder = layout.index_folder(MODEL)
    with open(folder / names[0], "r+b") as file:
        file.seek(20_000)  # between the pages that are looked at of a large one
        file.write(b"\xff\xfe")
    assert files.problem(folder, names) == f"the index file {names[0]} is damaged"


def test_one_wrong_byte_is_found_thoroughly(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SMALL", 1_000_000)
    names = publish(layout, {".ann": 3_000_000})
    folder = layout.index_folder(MODEL)
    with open(folder / names[0], "r+b") as file:
        file.seek(20_000)  # between the pages that are looked at
        file.write(b"\xff\xfe")
    assert files.problem(folder, names) is None
    assert files.problem(folder, names, thoroughly=True) is not None


@pytest.mark.parametrize("gone", [0, 1])
def test_a_missing_file_is_named(layout: Layout, gone: int) -> None:
    names = publish(layout, {".mean": 10})
    folder = layout.index_folder(MODEL)
    (folder / names[gone]).unlink()
    assert files.problem(folder, names) == f"the index file {names[gone]} is missing"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"1.mean": 3}), "\udcff"])
def test_a_damaged_seal_is_found(layout: Layout, text: str) -> None:
    names = publish(layout, {".mean": 10})
    folder = layout.index_folder(MODEL)
    (folder / names[-1]).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert files.problem(folder, names) == "the seal of the index is damaged"


def test_no_names_are_no_index(layout: Layout) -> None:
    assert files.problem(layout.root, ()) == "the seal of the index is damaged"
