"""The rows of jobs, and of what each has still to do: its queue of files, and the folders that it is still to list.

Guarantees: a job that is not over is known by what was asked, so that the same command goes on with it. A queue is read
by key, whatever its length, and goes when its job is over.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from aptl3.records.job import Job, JobCounts, JobState
from aptl3.records.media import Entry, FileState
from aptl3.records.store import QueueItem

_JOB = (
    "SELECT id, state, paths, seconds, pending, folders, error,"
    " found, unchanged, duplicates, added, vectors, thumbnails, failed FROM job"
)
_OVER = ", ".join(f"'{state.value}'" for state in JobState if state.over)


def listed(connection: sqlite3.Connection) -> list[Job]:
    return [_job(row) for row in connection.execute(f"{_JOB} ORDER BY id")]


def unfinished(connection: sqlite3.Connection) -> list[Job]:
    return [_job(row) for row in connection.execute(f"{_JOB} WHERE state NOT IN ({_OVER}) ORDER BY id")]


def newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM job").fetchone()[0])


def find(connection: sqlite3.Connection, id: int) -> Job | None:
    row = connection.execute(f"{_JOB} WHERE id = ?", (id,)).fetchone()
    return None if row is None else _job(row)


def items(connection: sqlite3.Connection, job: int, after_id: int, limit: int) -> list[QueueItem]:
    """Of the queue, the next by id."""
    rows = connection.execute(
        "SELECT job_item.id, path, name, size, mtime_ns FROM job_item JOIN folder ON folder.id = job_item.folder"
        " WHERE job = ? AND job_item.id > ? ORDER BY job_item.id LIMIT ?",
        (job, after_id, limit),
    )
    return [
        QueueItem(id, os.fsdecode(folder), Entry(os.fsdecode(name), FileState(size, mtime)))
        for id, folder, name, size, mtime in rows
    ]


def folders(connection: sqlite3.Connection, job: int, limit: int) -> list[tuple[str, str | None]]:
    """Those still to be listed, by path, each with the last name that was recorded of it."""
    rows = connection.execute(
        "SELECT path, after FROM job_folder WHERE job = ? AND done = 0 ORDER BY path LIMIT ?", (job, limit)
    )
    return [(os.fsdecode(path), None if after is None else os.fsdecode(after)) for path, after in rows]


def create(connection: sqlite3.Connection, paths: Sequence[str], options: Mapping[str, Any]) -> int:
    """The number of the job that was asked so and is not over, or else of a new one."""
    asked = json.dumps(list(paths)), json.dumps(dict(options), sort_keys=True)
    known = connection.execute(
        f"SELECT id FROM job WHERE paths = ? AND options = ? AND state NOT IN ({_OVER}) ORDER BY id DESC", asked
    ).fetchone()
    if known is not None:
        return int(known[0])
    job = connection.execute(
        "INSERT INTO job (state, paths, options) VALUES (?, ?, ?)", (JobState.QUEUED.value, *asked)
    ).lastrowid
    assert job is not None
    connection.executemany(
        "INSERT INTO job_folder (job, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(job, os.fsencode(path)) for path in paths],
    )
    return job


def enter(connection: sqlite3.Connection, job: int, state: JobState, error: str | None) -> None:
    """A job's new state, and its error with it; one that is over drops what was left to do."""
    connection.execute("UPDATE job SET state = ?, error = ? WHERE id = ?", (state.value, error, job))
    if state.over:
        connection.execute("DELETE FROM job_item WHERE job = ?", (job,))
        connection.execute("DELETE FROM job_folder WHERE job = ?", (job,))


def grow(connection: sqlite3.Connection, job: int, counts: Mapping[str, float]) -> None:
    """Adds to columns of a job, named as in ``JobCounts``, or to its seconds."""
    growth = ", ".join(f"{column} = {column} + ?" for column in counts)
    connection.execute(f"UPDATE job SET {growth} WHERE id = ?", (*counts.values(), job))


def _job(row: Sequence[Any]) -> Job:
    id, state, paths, seconds, pending, folders, error, *counts = row
    return Job(id, JobState(state), tuple(json.loads(paths)), JobCounts(*counts), seconds, pending, folders, error)
