"""The rows of models: which may have vectors here, and which the user does not want.

Guarantees: a name stands for one model for as long as it has a row; with the row goes all that was made with it. The
packaged defaults need no row to be wanted, so that one which was taken out is remembered in a setting.
"""

from __future__ import annotations

import json
import math
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

from aptl3.errors import BadArgument, ModelMismatch
from aptl3.records.model import ModelRef, ModelSpec, StoredModel
from aptl3.records.store import RemovedModel
from aptl3.storage import alignments, database, settings
from aptl3.storage.indexes import covered
from aptl3.storage.layout import Layout

SAME_PROBE = 0.999  # cosine between a model's vectors of its fixed input, then and now, on whatever engine
_REMOVED = "models.removed"  # the setting: a JSON list of names


def listed(connection: sqlite3.Connection) -> list[StoredModel]:
    """In the order in which they came."""
    rows = connection.execute(
        "SELECT name, fingerprint, modality, dim, dtype, space,"
        " (SELECT coalesce(sum(live), 0) FROM segment WHERE segment.model = model.id), weights FROM model ORDER BY id"
    ).fetchall()
    return [StoredModel(*(*row[:7], covered(connection, row[0]), row[7])) for row in rows]


def probe(connection: sqlite3.Connection, name: str) -> bytes | None:
    row = connection.execute("SELECT probe FROM model WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def active(connection: sqlite3.Connection, defaults: Sequence[str]) -> list[ModelRef]:
    rows = [ModelRef(*row) for row in connection.execute("SELECT name, weights FROM model ORDER BY id")]
    out = {ref.name for ref in rows} | removed(connection)
    return rows + [ModelRef(name) for name in defaults if name not in out]


def removed(connection: sqlite3.Connection) -> set[str]:
    """The defaults that were taken out."""
    kept = settings.get(connection, _REMOVED)
    return set() if kept is None else set(json.loads(kept))


def add(connection: sqlite3.Connection, spec: ModelSpec, fingerprint: str, probe: bytes, weights: str | None) -> None:
    out = removed(connection)
    if spec.name in out:
        _keep_removed(connection, out - {spec.name})
    row = connection.execute(
        "SELECT fingerprint, dim, dtype, space, probe FROM model WHERE name = ?", (spec.name,)
    ).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO model (name, fingerprint, version, modality, dim, dtype, space, probe, weights)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (spec.name, fingerprint, spec.version, spec.modality, spec.dim, spec.dtype, spec.space, probe, weights),
        )
        return
    now = (fingerprint, spec.dim, spec.dtype, spec.space)
    what = [name for name, a, b in zip(("fingerprint", "size", "dtype", "space"), row, now, strict=False) if a != b]
    if not what and _cosine(row[4], probe) < SAME_PROBE:
        what = ["answer to a fixed input"]
    if what:
        raise ModelMismatch(
            f"this {spec.name} is not the one that made the library's vectors (its {', '.join(what)} differs): put its"
            f" weights back as they were, or take it out with `aptl3 models remove {spec.name}` and add it again"
        )
    if weights is not None:  # the same model, from where its weights lie now
        connection.execute("UPDATE model SET weights = ? WHERE name = ?", (weights, spec.name))


def remove(connection: sqlite3.Connection, layout: Layout, name: str, default: bool) -> tuple[RemovedModel, list[Path]]:
    """Takes a model out, in the open transaction. Returns what went with it, and the files and folders that are to go
    after the commit. Raises BadArgument for one that is not there."""
    row = connection.execute("SELECT id FROM model WHERE name = ?", (name,)).fetchone()
    out = removed(connection)
    if row is None and (not default or name in out):
        raise BadArgument(f"the library has no model {name!r}; aptl3 models lists those it has")
    if default:
        _keep_removed(connection, out | {name})
    vectors = indexes = 0
    with database.overwriting(connection):
        aligned = alignments.of_model(connection, name)
        doomed = [path for id in aligned for path in alignments.remove(connection, layout, id)]
        if row is not None:
            segments = connection.execute("SELECT id FROM segment WHERE model = ?", row).fetchall()
            doomed += [layout.segment(name, segment) for (segment,) in segments]
            doomed += [layout.model_folder(name), layout.index_folder(name)]
            vectors = connection.execute("DELETE FROM vector WHERE model = ?", row).rowcount
            indexes = connection.execute("DELETE FROM idx WHERE model = ?", row).rowcount
            connection.execute("DELETE FROM segment WHERE model = ?", row)
            connection.execute("DELETE FROM model WHERE id = ?", row)
    return RemovedModel(vectors, indexes, len(aligned)), doomed


def _keep_removed(connection: sqlite3.Connection, names: set[str]) -> None:
    settings.put(connection, _REMOVED, json.dumps(sorted(names)) if names else None)


def _cosine(a: bytes, b: bytes) -> float:
    """Of two float32 vectors, also of different length (which agree in nothing)."""
    x, y = array("f", a), array("f", b)
    if len(x) != len(y):
        return 0.0
    dot = sum(p * q for p, q in zip(x, y, strict=True))
    norms = math.sqrt(sum(p * p for p in x) * sum(q * q for q in y))
    return dot / norms if norms else 0.0
