from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from aptl3.errors import Aptl3Error, LibraryBusy, LibraryDamaged, LibraryMissing, LibraryNewer, LibraryOlder
from aptl3.records.media import Products, Wanted
from aptl3.storage import database
from aptl3.storage.store import Store
from aptl3.storage.writer import Writer

NEWEST = len(database.migrations())


@pytest.fixture
def catalog(root: Path) -> Path:
    """The catalog of an empty library that is closed."""
    Writer.open(root).close()
    return root / "library.sqlite3"


@contextlib.contextmanager
def raw(catalog: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(catalog, isolation_level=None)) as connection:
        yield connection


def schema_with(tmp_path: Path, script: str) -> Path:
    """The schema, and one migration more."""
    schema = tmp_path / "schema"
    shutil.copytree(database.SCHEMA, schema)
    (schema / f"{NEWEST + 1:03}_more.sql").write_text(script)
    return schema


def one_line(error: Aptl3Error) -> bool:
    return "\n" not in str(error) and len(str(error)) > 20


@pytest.mark.parametrize("make", ["nothing", "folder", "empty file"])
def test_no_library(root: Path, make: str) -> None:
    if make != "nothing":
        root.mkdir()
    if make == "empty file":
        (root / "library.sqlite3").touch()
    with pytest.raises(LibraryMissing) as told:
        Store.open(root)
    assert one_line(told.value)


def test_a_newer_library_is_refused_and_left_alone(root: Path, catalog: Path) -> None:
    with raw(catalog) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = catalog.read_bytes()
    for opening in (Store.open, Writer.open):
        with pytest.raises(LibraryNewer, match="newer") as told:
            opening(root)
        assert one_line(told.value)
    assert catalog.read_bytes() == before


@pytest.mark.parametrize("damage", ["no database", "header", "zeros"])
def test_a_damaged_catalog_is_told(root: Path, catalog: Path, damage: str) -> None:
    data = bytearray(catalog.read_bytes())
    if damage == "no database":
        data[:] = b"something else altogether" * 1000
    elif damage == "header":
        data[:16] = bytes(16)
    else:
        data[100:] = bytes(len(data) - 100)
    catalog.write_bytes(data)
    for opening in (Store.open, Writer.open):
        with pytest.raises(LibraryDamaged) as told, opening(root) as store:
            store.counts()
        assert one_line(told.value)


def test_a_foreign_database_is_not_touched(root: Path) -> None:
    root.mkdir()
    with raw(root / "library.sqlite3") as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    before = (root / "library.sqlite3").read_bytes()
    for opening in (Store.open, Writer.open):
        with pytest.raises(LibraryDamaged, match="not an aptl3 library"):
            opening(root)
    assert (root / "library.sqlite3").read_bytes() == before


def test_migrations_are_applied_once_and_in_order(tmp_path: Path, catalog: Path) -> None:
    schema = schema_with(tmp_path, "CREATE TABLE more (x); INSERT INTO more VALUES (1);")
    for _ in range(2):
        with contextlib.closing(database.connect_writer(catalog, schema)) as connection:
            assert connection.execute("SELECT x FROM more").fetchall() == [(1,)]
            assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST + 1,)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, catalog: Path) -> None:
    schema = schema_with(tmp_path, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        database.connect_writer(catalog, schema)
    with raw(catalog) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchall()


def test_a_library_that_is_being_made_is_none_yet(root: Path, tmp_path: Path) -> None:
    root.mkdir()
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        database.connect_writer(root / "library.sqlite3", schema_with(tmp_path, "INSERT INTO nowhere VALUES (1);"))
    with pytest.raises(LibraryMissing):  # the schema's first scripts are not in force by themselves
        Store.open(root)


def test_a_library_of_the_first_schema_keeps_what_it_has(root: Path, tmp_path: Path) -> None:
    schema = tmp_path / "schema"
    schema.mkdir()
    shutil.copy(database.migrations()[0], schema)
    root.mkdir()
    catalog = root / "library.sqlite3"
    with contextlib.closing(database.connect_writer(catalog, schema)) as connection:
        connection.execute(
            "INSERT INTO media (hash, size, format, width, height) VALUES (zeroblob(16), 3, 'PNG', 2, 1)"
        )
        connection.execute("INSERT INTO thumbnail (media, width, height, jpeg) VALUES (1, 1, 1, x'')")
    with Writer.open(root) as writer:
        info = writer.media_info(1)
        assert info is not None and info.modality == "image"
        assert (writer.counts().media, writer.counts().texts) == (1, 0)
        assert not writer.relations() and not writer.alignments()
        products = Products(thumbnail=True)
        assert writer.lacking(bytes(16), Wanted(products, products), "text") == (1, Products())


def test_a_reader_does_not_migrate(root: Path, catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = schema_with(tmp_path, "CREATE TABLE more (x);")
    monkeypatch.setattr(database, "SCHEMA", schema)
    monkeypatch.setattr(database.migrations, "__defaults__", (schema,))
    with pytest.raises(LibraryOlder, match="older"):
        Store.open(root)


def test_commits_are_synced_and_constraints_held(catalog: Path) -> None:
    with contextlib.closing(database.connect_writer(catalog)) as connection:
        values = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "auto_vacuum": 2}


def test_a_transaction_is_whole_or_nothing(catalog: Path) -> None:
    with contextlib.closing(database.connect_writer(catalog)) as connection:
        with database.transaction(connection):
            connection.execute("INSERT INTO setting VALUES ('a', '1')")
        with pytest.raises(KeyError), database.transaction(connection):
            connection.execute("INSERT INTO setting VALUES ('b', '1')")
            raise KeyError
        assert connection.execute("SELECT key FROM setting").fetchall() == [("a",)]


def test_a_snapshot_does_not_see_later_commits(root: Path, catalog: Path) -> None:
    with Writer.open(root) as writer, Store.open(root) as store:
        with database.snapshot(store.connection):
            assert not store.jobs()
            with writer.checkpoint() as checkpoint:
                checkpoint.create_job(["/a"], {})
            assert not store.jobs()
        assert len(store.jobs()) == 1


def test_a_database_that_is_locked_is_busy(catalog: Path) -> None:
    with raw(catalog) as holder, raw(catalog) as other:
        holder.execute("BEGIN EXCLUSIVE")
        other.execute("PRAGMA busy_timeout = 0")
        with pytest.raises(LibraryBusy), database.told(catalog):
            other.execute("BEGIN IMMEDIATE")


def test_our_own_mistakes_stay_what_they_are(catalog: Path) -> None:
    with raw(catalog) as connection, pytest.raises(sqlite3.OperationalError), database.told(catalog):
        connection.execute("SELECT nothing FROM nowhere")


def test_odd_names_of_the_data_folder(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"a?b#c%41 \xff")
    with Writer.open(root) as writer:
        assert writer.counts().media == 0
    with Store.open(root) as store:
        assert store.counts().media == 0
    assert [path.name for path in tmp_path.iterdir()] == [root.name]
