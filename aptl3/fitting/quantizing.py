"""A picture model in int8, and what it costs: made on some of the user's photographs and judged on others.

Guarantees: no photograph that it is judged on was calibrated on, copies of one content apart. Every engine embeds the
same pictures; the library is only read.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from aptl3.alignment.rows import unit_rows
from aptl3.errors import BadArgument, MediaError
from aptl3.fitting import ways
from aptl3.fitting.tuning import sample
from aptl3.models.families.int8 import PREFIX
from aptl3.models.precision import WORTH, cosines
from aptl3.models.quantization import check, quantize, vacant
from aptl3.records.model import ModelRef, PictureInput, StoredModel
from aptl3.storage.store import Store

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Run = Callable[[Pixels], Floats]

PHOTOGRAPHS = 256  # of each half: to calibrate on, and to judge by
LEAST = 20  # of each half
NEAREST = 10
KS = (1, 5, 10)
CAPTIONED = 10  # photographs with captions that recall is measured on, at the least
ROUNDS, TIMED = 7, 32  # how often each engine is timed, in turns, and on how many photographs


@dataclass(frozen=True)
class Cost:
    """What one engine gives: ms of core time a photograph, how many times as fast as ``Quantizing.usual`` (the median
    over rounds), cosine to float32, the share of the nearest neighbours by float32 that stay (None: too few), and the
    share of captions whose photograph is among the first ``KS`` (None: no captions)."""

    engine: str
    milliseconds: float
    speed: float
    cosine: float
    least: float
    kept: float | None
    recall: tuple[float, ...] | None


@dataclass(frozen=True)
class Quantizing:
    """What was made, and what it costs beside float32 and the engine that otherwise runs the model here."""

    name: str
    folder: str
    calibrated: int  # photographs
    judged: int
    captions: int
    usual: str
    engines: tuple[Cost, ...]  # float32, the usual one, int8

    @property
    def worth(self) -> bool:
        """Whether it is faster enough to be used at all."""
        return self.engines[-1].speed >= WORTH

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "worth": self.worth}


@dataclass(frozen=True)
class Asked:
    """Captions that the library knows of photographs: their vectors, led to the model's space (n, dim), and the number
    of each one's photograph among ``photographs``, places among those that are judged."""

    queries: Floats
    own: npt.NDArray[np.int64]
    photographs: npt.NDArray[np.int64]


def measure(
    store: Store | None,
    paths: Sequence[str],
    ref: ModelRef,
    folder: Path,
    *,
    cache: Path,
    progress: Callable[[float, str], None],
) -> Quantizing:
    """Writes ``ref`` in int8 to ``folder`` and measures it.

    Args:
        store: of a library, whose captions serve, and whose photographs where no ``paths`` (absolute) are named.
        progress: told the share of the way that is behind, and what is being done.

    Raises:
        BadArgument: too few photographs, no model that can be quantized, or something in ``folder`` already.
        ModelUnavailable: a package or weights are missing, or OpenVINO does not run the model.
        ModelMismatch: in int8 the model is none: it fails its self-test.
        OSError: ``folder`` cannot be written. Whatever is raised, nothing is left there.
    """
    from aptl3.models.opening import describe, unstored

    check(ref)
    vacant(folder)
    wanted = describe(ref).input
    assert wanted is not None, "check lets picture models through only"
    progress(0.0, "choosing photographs")
    files = sample.spread(sample.choose(store, paths, "quantize"), 3 * PHOTOGRAPHS)  # some may be no photographs
    (_, calibrating), (places, judged) = _halves(files, wanted)
    progress(0.2, f"calibrating on {len(calibrating)} photographs")
    # Windows does not remove a file that is still mapped, as a network's weights are.
    with tempfile.TemporaryDirectory(prefix="aptl3-quantize-", ignore_cleanup_errors=True) as work:
        exact = quantize(ref, calibrating, folder, Path(work))
        try:
            progress(0.7, f"judging by {len(judged)} others")
            asked = None if store is None else _asked(store, unstored(ref, cache), places)
            usual, engines = _compared(exact, ref, folder, cache, judged, asked)
        except BaseException:  # it was interrupted, or the model does not prove itself: nobody knows what it costs
            shutil.rmtree(folder, ignore_errors=True)
            raise
    progress(1.0, "done")
    captions = 0 if asked is None else len(asked.own)
    return Quantizing(PREFIX + ref.name, str(folder), len(calibrating), len(judged), captions, usual, engines)


def _halves(files: Sequence[str], wanted: PictureInput) -> tuple[tuple[list[str], Pixels], tuple[list[str], Pixels]]:
    """The photographs among ``files``, in two halves with their paths, one taken in turn for each."""
    found = list(_photographs(files, wanted, 2 * PHOTOGRAPHS))
    if len(found) < 2 * LEAST:
        raise BadArgument(
            f"{len(found) or 'No'} different photographs can be read, and {2 * LEAST} are needed to calibrate and to "
            "judge: name folders with more, as in `aptl3 quantize ~/Pictures`."
        )
    first, second = found[::2], found[1::2]
    return (
        ([path for path, _ in first], np.stack([picture for _, picture in first])),
        ([path for path, _ in second], np.stack([picture for _, picture in second])),
    )


def _photographs(files: Sequence[str], wanted: PictureInput, most: int) -> Iterator[tuple[str, Pixels]]:
    """Path and pixels of up to ``most``, each content once."""
    from aptl3.media.picture import decode
    from aptl3.media.source import content_hash

    seen: set[bytes] = set()
    for path in files:
        try:
            data = Path(path).read_bytes()
            (picture,) = decode(data, [wanted]).inputs
        except (MediaError, OSError):
            continue
        hash = content_hash(data)
        if hash not in seen:
            seen.add(hash)
            yield path, picture
        if len(seen) == most:
            return


def _asked(store: Store, image: StoredModel, places: Sequence[str]) -> Asked | None:
    """The captions of the photographs at ``places``, by the first text model that leads to ``image``; None when there
    are too few."""
    numbers = {media: place for place, path in enumerate(places) if (media := store.media_at(path)) is not None}
    relations = sorted(store.relations(), key=lambda one: one.pairs, reverse=True)
    for text in store.models() if relations else []:
        way = ways.best(store, text, image) if text.modality == "text" and text.vectors else None
        if way is None:
            continue
        pairs = store.pairs(relations[0].id)
        pairs = pairs[np.isin(pairs[:, 0], list(numbers))]
        has, vectors = store.known_vectors(text.name, pairs[:, 1])
        photographs, own = np.unique([numbers[int(media)] for media in pairs[has, 0]], return_inverse=True)
        if len(photographs) >= CAPTIONED:
            return Asked(way.map(vectors), own, photographs.astype(np.int64))
    return None


def _compared(
    exact: Path, ref: ModelRef, folder: Path, cache: Path, pictures: Pixels, asked: Asked | None
) -> tuple[str, tuple[Cost, ...]]:
    """The name of the usual engine, and what each costs: all on one thread, in turns."""
    from aptl3.models.engines.openvino import PictureEngine, read
    from aptl3.models.opening import open_picture_model

    whole = PictureEngine(read(exact), "f32", 1)
    with (
        open_picture_model(ref, device="cpu", threads=1, cache=cache) as usual,
        open_picture_model(ModelRef(PREFIX + ref.name, str(folder)), threads=1, cache=cache) as rounded,
    ):
        engines: list[tuple[str, Run]] = [
            ("float32", whole.run),
            (usual.engine, usual.embed),
            (rounded.engine, rounded.embed),
        ]
        rows = [run(pictures) for _, run in engines]
        times = _timed([run for _, run in engines], pictures[:TIMED])
    whole.close()
    costs = []
    for (name, _), of, took in zip(engines, rows, times.T, strict=True):
        speed = median((times[:, 1] / took).tolist())
        kept = neighbours_kept(rows[0], of) if len(of) > 2 * NEAREST else None
        recall = None if asked is None else recalled(asked, of)
        costs.append(Cost(name, float(np.median(took)) * 1000, speed, *cosines(rows[0], of), kept, recall))
    return usual.engine, tuple(costs)


def _timed(runs: Sequence[Run], pictures: Pixels) -> npt.NDArray[np.float64]:
    """Seconds of core time a picture, (rounds, runs)."""
    for run in runs:
        for _ in range(2):  # engines that compile blocks do so when many pictures come for the second time
            run(pictures)
    times = np.empty((ROUNDS, len(runs)))
    for took in times:
        for place, run in enumerate(runs):
            start = time.process_time()
            run(pictures)
            took[place] = max(time.process_time() - start, 1e-9) / len(pictures)
    return times


def neighbours_kept(exact: Floats, rows: Floats) -> float:
    """Of the ``NEAREST`` of each row by ``exact``, (n, dim), the share that are among its nearest by ``rows``."""
    near, found = (np.argsort(-_scores(one), axis=1)[:, :NEAREST] for one in (exact, rows))
    same = [len(np.intersect1d(one, other)) for one, other in zip(near, found, strict=True)]
    return float(np.mean(same) / NEAREST)


def _scores(rows: Floats) -> Floats:
    """Cosines of centred rows, as a search compares them; nothing is its own neighbour."""
    centred = unit_rows(rows - rows.mean(axis=0))
    scores: Floats = np.asarray(centred @ centred.T, np.float32)
    np.fill_diagonal(scores, -2)
    return scores


def recalled(asked: Asked, rows: Floats) -> tuple[float, ...]:
    """The share of captions whose photograph is among the first ``KS``; ``rows`` are those of all that are judged."""
    there = unit_rows(rows - rows.mean(axis=0))[asked.photographs]
    scores = asked.queries @ there.T
    own = scores[np.arange(len(asked.own)), asked.own][:, None]
    ranks = (scores >= own).sum(axis=1)
    return tuple(float((ranks <= k).mean()) for k in KS)
