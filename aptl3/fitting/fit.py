"""An alignment for a library: its rows are gathered from the store, fitted, and the arrays are put on the disk.

Guarantees: a file that a record names is complete and on the disk; what fails leaves no file. Only pairs of the
training part are used, so that the rest can judge (see ``splitting``).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import xxhash

from aptl3.alignment import file
from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.fitting import recipes
from aptl3.fitting.bootstrap import classes_of
from aptl3.fitting.pairs import training
from aptl3.fitting.recipes import Paired
from aptl3.fitting.skill import skills
from aptl3.records.model import ModelRef, StoredModel
from aptl3.records.relation import AlignmentRecord
from aptl3.storage.files import Files, modes, translated
from aptl3.storage.layout import Layout
from aptl3.storage.store import Store


def fit_alignment(
    store: Store,
    models: Sequence[ModelRef],
    relation: int | None,
    *,
    cache: Path,
    recipe: str = "joined",
    name: str | None = None,
    limit: int | None = None,
) -> AlignmentRecord:
    """Fits an alignment of ``models`` (none given: all that the library has vectors of) on a relation's training pairs.

    Args:
        relation: its id; None is enough for the recipe "bootstrap", and where the library has only one.
        cache: folder of converted models.
        recipe: one of ``recipes.RECIPES``.
        name: of the alignment, for people; by default the recipe and the models.
        limit: photographs at most.

    Returns:
        A record with id 0, whose file lies in ``layout.alignments``; it becomes part of the library when the writer
        adds it.

    Raises:
        BadArgument: fewer than two models, unknown ones, models without vectors, too few pairs, values not finite.
        ModelUnavailable: a model that must be opened for the classes is not to be had.
        DiskFull, LibraryReadOnly: the file cannot be written.
    """
    if recipe not in recipes.RECIPES:
        raise BadArgument(f"There is no recipe {recipe!r}: use one of {', '.join(recipes.RECIPES)}.")
    chosen = _chosen(store, models, recipe, cache)
    relation = None if recipe == "bootstrap" else _relation(store, relation)
    pairs = None if relation is None else training(store, chosen, relation, limit)
    if pairs is not None:
        recipes.enough(len(pairs))  # before the classes, which may take a minute
    classes = [] if recipe == "pairs" else classes_of(chosen, cache)
    return _published(store.layout, chosen, recipe, name, relation, pairs, classes)


def bootstrap_alignment(store: Store, text: ModelRef, image: ModelRef, cache: Path) -> AlignmentRecord | None:
    """The alignment of a text model and a picture model by the latter's classes, as ``fit_alignment`` gives it; None
    when the picture model has no classes with names, or its packages are not here."""
    try:
        chosen = [_described(store, ref, cache) for ref in (text, image)]
        classes = classes_of(chosen, cache)
    except ModelUnavailable:
        return None
    if not classes:
        return None
    return _published(store.layout, chosen, "bootstrap", None, None, None, classes)


def _chosen(store: Store, models: Sequence[ModelRef], recipe: str, cache: Path) -> list[StoredModel]:
    """The models as the library knows them. Those that are named must be of use; of all, those that are, are taken."""
    from aptl3.models.registry import DEFAULTS

    refs = models or store.active(DEFAULTS)
    found = [_described(store, ref, cache) for ref in dict.fromkeys(refs)]
    if recipe != "bootstrap":
        empty = [model.name for model in found if not model.vectors]
        if empty and models:
            raise BadArgument(f"The library has no vectors of {empty[0]}: `aptl3 models` lists what it has.")
        found = [model for model in found if model.vectors]
    if len(found) < 2:
        names = ", ".join(model.name for model in found) or "none"
        raise BadArgument(f"An alignment takes two models or more, not {names}: `aptl3 models` lists what there is.")
    return found


def _described(store: Store, ref: ModelRef, cache: Path) -> StoredModel:
    """The model with its vectors, or, when it has none here, as the registry knows it."""
    from aptl3.models.opening import unstored

    return store.model(ref.name) or unstored(ref, cache)


def _relation(store: Store, relation: int | None) -> int:
    known = store.relations()
    if not known:
        raise BadArgument("The library has no captions to align by: add some with `aptl3 relations add`.")
    if relation is None and len(known) > 1:
        raise BadArgument(f"Say which relation: {', '.join(f'{one.id} ({one.name})' for one in known)}.")
    chosen = known[0].id if relation is None else relation
    if chosen not in [one.id for one in known]:
        raise BadArgument(f"There is no relation {chosen}: `aptl3 relations` lists those there are.")
    return chosen


def _published(
    layout: Layout,
    models: Sequence[StoredModel],
    recipe: str,
    name: str | None,
    relation: int | None,
    pairs: Paired | None,
    classes: Sequence[Paired],
) -> AlignmentRecord:
    """Fits, and puts the arrays on the disk under a name that none has."""
    joint = recipes.fit(recipe, pairs, classes)
    covered = {model.name: model.fingerprint for model in models if model.name in joint.sides}
    record = AlignmentRecord(
        id=0,
        name=name or f"{recipe} of {', '.join(covered)}",
        models=covered,
        file=f"{uuid.uuid4().hex}{file.SUFFIX}",
        checksum="",
        recipe=recipe,
        relation=relation,
        pairs=0 if pairs is None else len(pairs),
        classes=sum(map(len, classes)),
        distance=joint.distance,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    told = ("name", "models", "recipe", "relation", "pairs", "classes", "created")
    judged = skills([*classes, *([] if pairs is None else [pairs])])
    data = file.encode(joint, {**{key: getattr(record, key) for key in told}, "skills": judged})
    _write(layout, layout.alignment(record.file), data)
    return replace(record, checksum=xxhash.xxh3_128_hexdigest(data))


def _write(layout: Layout, place: Path, data: bytes) -> None:
    """Writes aside, syncs, renames, syncs the folder."""
    files = Files()
    folder_mode, file_mode = modes(layout.catalog)
    aside = place.with_suffix(".part")
    with translated(layout.root):
        files.make_folder(layout.alignments, folder_mode)
        try:
            handle = files.create(aside, file_mode)
            try:
                files.write(handle, data, 0)
                files.sync(handle)
            finally:
                files.close(handle)
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
        files.sync_folder(layout.alignments)
