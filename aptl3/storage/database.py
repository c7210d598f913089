"""Connections to the catalog: how they are opened, migrated, and how SQLite's errors are told.

Owns every use of the sqlite3 module's connections. Guarantees: a writing connection is in WAL mode and a commit is on
the disk when it returns (synchronous=FULL); a reading one cannot change anything (SQLite may put an empty log beside
the catalog for it), works on a read-only folder, and sees one consistent state in each statement or ``snapshot``.
Errors leave as those of ``aptl3.errors``.
https://www.sqlite.org/wal.html#read_only_databases
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aptl3.errors import (
    Aptl3Error,
    DiskFull,
    LibraryBusy,
    LibraryDamaged,
    LibraryMissing,
    LibraryNewer,
    LibraryOlder,
    LibraryReadOnly,
)
from aptl3.storage.url import path_to_url

APPLICATION_ID = 0x61706C33  # "apl3": tells file(1) and us whose database this is
SCHEMA = Path(__file__).parent / "schema"
_BUSY_TIMEOUT = 10_000  # ms; only a checkpoint of the log or a closing reader can be in the way of the one writer
_WRITER_CACHE = 16_384  # KiB; hashes arrive in random order, and a million of them index to 30 MB
_PAGE = 500  # parameters of a statement: SQLite takes 999 in its oldest versions
_LOG_PAGES = 4000  # 16 MB of log before it is copied home: four times the default, fewer syncs


def connect_reader(catalog: Path) -> sqlite3.Connection:
    """Opens an existing catalog for reading. Raises LibraryMissing, LibraryOlder, LibraryNewer, LibraryDamaged or
    LibraryReadOnly."""
    with told(catalog):
        connection = _open_for_reading(catalog)
        try:
            _check_version(connection, catalog)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_writer(catalog: Path, schema: Path = SCHEMA) -> sqlite3.Connection:
    """Opens a catalog for writing, makes it when there is none, and brings its schema up to date. Its folder exists and
    the caller holds the writer's lock. Raises LibraryNewer, LibraryDamaged, LibraryReadOnly or DiskFull."""
    with told(catalog):
        connection = sqlite3.connect(_uri(catalog, "mode=rwc"), uri=True, isolation_level=None)
        try:
            _check_identity(connection, catalog)
            if _version(connection) == 0:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only heard before the first table is made
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "fullfsync = ON",
                "foreign_keys = ON",
                f"busy_timeout = {_BUSY_TIMEOUT}",
                f"cache_size = -{_WRITER_CACHE}",
                f"wal_autocheckpoint = {_LOG_PAGES}",
            ):
                connection.execute(f"PRAGMA {pragma}")
            migrate(connection, catalog, schema)
        except BaseException:
            connection.close()
            raise
    return connection


def migrate(connection: sqlite3.Connection, catalog: Path, schema: Path = SCHEMA) -> None:
    """Applies the scripts ``NNN_*.sql`` that the catalog has not seen, in one transaction: nobody ever reads a library
    that is half made."""
    scripts = migrations(schema)
    version = _version(connection)
    if version > len(scripts):
        raise _newer(catalog, version)
    if version == len(scripts):
        return
    missing = "\n".join(script.read_text(encoding="utf-8") for script in scripts[version:])
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{missing}\nPRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {len(scripts)};\nCOMMIT;"
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def migrations(schema: Path = SCHEMA) -> list[Path]:
    return sorted(schema.glob("[0-9][0-9][0-9]_*.sql"))


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """One consistent state over several reading statements; who is in a transaction has that already."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        yield
    finally:
        if begun and connection.in_transaction:
            connection.execute("ROLLBACK")  # which a damaged database does not refuse


@contextlib.contextmanager
def overwriting(connection: sqlite3.Connection) -> Iterator[None]:
    """Deleted rows are overwritten in the catalog: who takes something out wants it gone."""
    before = connection.execute("PRAGMA secure_delete").fetchone()[0]
    connection.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA secure_delete = {before}")


def give_back(connection: sqlite3.Connection) -> None:
    """Returns free pages of the catalog, and the log's, to the file system; as far as no reader is in the way."""
    connection.executescript("PRAGMA incremental_vacuum")  # execute() stops after the first page
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")


def paged(connection: sqlite3.Connection, sql: str, ids: Iterable[int], *first: Any) -> list[Any]:
    """The rows for any number of ids, where ``sql`` has {} for a part of them after the parameters ``first``: ascending
    parts of ascending ids."""
    wanted = sorted({int(id) for id in ids})
    found: list[Any] = []
    for start in range(0, len(wanted), _PAGE):
        part = wanted[start : start + _PAGE]
        found += connection.execute(sql.format(", ".join("?" * len(part))), (*first, *part)).fetchall()
    return found


@contextlib.contextmanager
def told(catalog: Path) -> Iterator[None]:
    """Translates SQLite's errors into those that say what to do; one that speaks of our SQL stays as it is, a bug."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        translation = _translation(error, catalog)
        if translation is None:
            raise
        raise translation from error


def _translation(error: sqlite3.DatabaseError, catalog: Path) -> Aptl3Error | None:
    # Python 3.10 gives no error codes, only SQLite's fixed messages (sqlite3ErrStr in its main.c).
    text, root = str(error), catalog.parent
    if "database or disk is full" in text or ("disk I/O error" in text and _no_room(root)):
        return DiskFull(
            f"no room is left for the library in {root}; free some space, the same command goes on from there"
        )
    if "disk I/O error" in text:
        return LibraryDamaged(
            f"the library in {root} cannot be read or written ({text}); check the drive and the quota"
        )
    if "malformed" in text or "not a database" in text:
        return LibraryDamaged(f"the catalog {catalog} is damaged ({text}); restore it from a backup")
    if "readonly" in text or "unable to open" in text or "authorization" in text:
        return LibraryReadOnly(f"the library in {root} cannot be opened by this user for that ({text})")
    if "locked" in text:
        return LibraryBusy(f"the library in {root} is in use by another process ({text}); try again")
    return None


def _no_room(root: Path) -> bool:
    """SQLite says "full" only for ENOSPC; what fails shortly before that, or after, it calls an I/O error."""
    return shutil.disk_usage(root).free < _LOG_PAGES * 4096


def _open_for_reading(catalog: Path) -> sqlite3.Connection:
    try:
        catalog.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(catalog) from None
    except PermissionError:
        raise LibraryReadOnly(f"the folder {catalog.parent} may not be read by this user") from None
    connection = sqlite3.connect(_uri(catalog, "mode=ro"), uri=True, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")
        connection.execute("PRAGMA user_version").fetchone()
        return connection
    except sqlite3.DatabaseError as error:
        connection.close()
        if "unable to open" not in str(error) and "readonly" not in str(error):
            raise
    # The files of the log are not there and cannot be made: nobody writes, if the log is empty the catalog is whole.
    log = catalog.with_name(catalog.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise LibraryReadOnly(
            f"the library in {catalog.parent} was not closed by its last writer; open it once where it can be written"
        )
    return sqlite3.connect(_uri(catalog, "mode=ro&immutable=1"), uri=True, isolation_level=None)


def _uri(catalog: Path, parameters: str) -> str:
    return f"{path_to_url(os.fspath(catalog))}?{parameters}"


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _check_identity(connection: sqlite3.Connection, catalog: Path) -> None:
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    if identity != APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise LibraryDamaged(f"{catalog} is a database, but not an aptl3 library; give another data folder")


def _check_version(connection: sqlite3.Connection, catalog: Path) -> None:
    _check_identity(connection, catalog)
    version, known = _version(connection), len(migrations())
    if version == 0:
        raise _missing(catalog)
    if version > known:
        raise _newer(catalog, version)
    if version < known:
        raise LibraryOlder(
            f"the library in {catalog.parent} was written by an older aptl3; `aptl3 status` brings it up to date"
        )


def _missing(catalog: Path) -> LibraryMissing:
    return LibraryMissing(f"there is no library in {catalog.parent}; make one with: aptl3 ingest PATH")


def _newer(catalog: Path, version: int) -> LibraryNewer:
    return LibraryNewer(
        f"the library in {catalog.parent} was written by a newer aptl3 (schema {version}); use that version"
    )
