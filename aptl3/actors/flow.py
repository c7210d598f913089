"""The way of an item: from the durable queue through the stages to its commit.

Owns the items under way and the frames that each was lent. Knows no process: it is told outcomes and answers with the
next steps, so that it is tested without any. Guarantees:

- all memory that an item will need is taken when it is admitted, so no stage ever waits for memory;
- a frame is given back only when nothing that was handed out and may touch it is outstanding: that of the file's own
  bytes when these are decoded, the other at the end; neither when a process that may still write could not be ended;
- of several files of the same content one is computed; the others wait for it and are recorded as places of it;
- what concerns the whole job (a model that cannot be opened) is no file's failure: the item stays in the durable queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from aptl3.actors import messages as m
from aptl3.actors.plan import Plan
from aptl3.actors.runtime.frames import Frame, FramePool
from aptl3.actors.runtime.outcome import Outcome
from aptl3.actors.runtime.spec import Refused
from aptl3.media.text import LARGEST
from aptl3.records.failure import Reason
from aptl3.records.media import PictureInfo, Products, modality_of
from aptl3.records.store import QueueItem

FATAL = (Reason.CRASH.value, Reason.TIMEOUT.value)  # what the runtime says of a task that ends its process
_REASONS = frozenset(reason.value for reason in Reason)


def concerns_job(refused: Refused) -> bool:
    """Whether a refusal is about more than the one file: a stage gives those under the name of an error."""
    return refused.reason not in _REASONS


class Step(NamedTuple):
    """A task to submit to a stage, under a key that its outcome brings back."""

    stage: str
    key: tuple[str, int]
    task: Any


@dataclass
class _Open:
    """An item under way. ``waiting`` names the parts that are handed out, ``failure`` the first stage that refused."""

    job: int
    item: QueueItem
    modality: str  # as its name tells
    frame: Frame | None = None  # for all that is made of it
    file: Frame | None = None  # its own bytes, until it is decoded
    size: int = 0  # of these, as they were read
    hash: bytes = b""
    lacks: Products = field(default_factory=Products)
    info: PictureInfo | None = None
    thumbnail: m.ThumbnailPlace | None = None
    words: m.Region | None = None
    waiting: set[str] = field(default_factory=set)
    failure: tuple[str, Refused] | None = None
    followers: list[int] = field(default_factory=list)


class Flow:
    """``lacking(hash, modality)`` answers which of the wanted products the library does not have yet for that content;
    the modality is asked of content that it does not know."""

    def __init__(
        self, pool: FramePool, lacking: Callable[[bytes, str], Products], plan: Plan, *, max_file_bytes: int
    ) -> None:
        self._pool = pool
        self._lacking = lacking
        self._plan = plan
        most = min(max_file_bytes, pool.beside(max(layout.size for layout in plan.layouts.values())))
        self._max_bytes = {"image": most, "text": min(most, LARGEST)}
        self._open: dict[int, _Open] = {}
        self._ahead: dict[int, int] = {}  # bytes of the files that are not decoded yet
        self._ahead_bytes = 0
        self._leaders: dict[bytes, int] = {}

    def __len__(self) -> int:
        """Items under way."""
        return len(self._open)

    @property
    def ahead(self) -> tuple[int, int]:
        """Items whose files are read or to be read and not decoded yet, and the bytes of these files."""
        return len(self._ahead), self._ahead_bytes

    def admit(self, job: int, item: QueueItem) -> list[Step] | None:
        """The first steps of an item, or None while there is no room for it."""
        size, modality = item.entry.state.size, modality_of(item.folder, item.entry.name)
        if size > self._max_bytes[modality]:
            text = f"{size} bytes are more than the {self._max_bytes[modality]} that fit"
            opened = _Open(job, item, modality)
            opened.failure = ("loader", Refused(Reason.TOO_LARGE.value, text))
            self._open[item.id] = opened
            return [self._hand_out(opened, "writer", "fail", self._fail(opened))]
        frames = self._pool.allocate_pair(self._plan.layouts[modality].size, size)
        if frames is None:
            return None
        frame, file = frames
        opened = _Open(job, item, modality, frame, file)
        self._open[item.id] = opened
        self._ahead[item.id] = size
        self._ahead_bytes += size
        load = m.Load(item.folder, item.entry, file)
        return [self._hand_out(opened, "loader", "load", load)]

    def outcome(self, outcome: Outcome) -> list[Step]:
        """What follows from an outcome whose key a ``Step`` brought. An item that is settled is gone afterwards."""
        part, number = cast(tuple[str, int], outcome.key)
        opened = self._open[number]
        opened.waiting.discard(part)
        steps = self._follow(opened, part, outcome)
        if not opened.waiting & {"load", "decode"}:
            self._ahead_bytes -= self._ahead.pop(number, 0)
        return steps

    def _follow(self, opened: _Open, part: str, outcome: Outcome) -> list[Step]:
        if outcome.stuck:  # a process asleep in the kernel may still write there: that memory is given up
            opened.file = None
            opened.frame = opened.frame if outcome.stage == "loader" else None
        if part == "commit" and outcome.value is False:  # what was known when the item came in was removed meanwhile
            return self._begin(opened)
        if part == "commit" and outcome.refused is not None and outcome.refused.reason in FATAL:
            opened.failure = ("writer", outcome.refused)
            return [self._hand_out(opened, "writer", "fail", self._fail(opened))]
        if part in ("commit", "fail"):
            return list(self._settle(opened))
        if outcome.refused is not None:
            opened.failure = opened.failure or (outcome.stage, outcome.refused)
        elif part == "load":
            return self._loaded(opened, outcome.value)
        elif part == "decode":
            return self._decoded(opened, outcome.value)
        elif part == "encode" and opened.thumbnail is not None:
            place = opened.thumbnail
            opened.thumbnail = place._replace(region=m.Region(place.region.start, outcome.value))
        return self._finish(opened)

    # ---- the way

    def _loaded(self, opened: _Open, loaded: m.Loaded) -> list[Step]:
        opened.hash, opened.size = loaded.hash, loaded.size
        return self._begin(opened)

    def _begin(self, opened: _Open) -> list[Step]:
        """Computes what the library lacks for this content, unless somebody does so already."""
        leader = self._leaders.get(opened.hash)
        if leader is not None:
            self._open[leader].followers.append(opened.item.id)
            return []
        opened.lacks = self._lacking(opened.hash, opened.modality)
        if not set(opened.lacks.models) <= self._plan.layouts[opened.modality].vectors.keys():
            opened.lacks = Products()  # a picture called .txt, or the other way round: made at a place named for it
        if not opened.lacks:
            return self._finish(opened)
        self._leaders[opened.hash] = opened.item.id
        return [self._hand_out(opened, "decoder", "decode", self._decode(opened))]

    def _decoded(self, opened: _Open, decoded: m.Decoded | m.DecodedText) -> list[Step]:
        opened.info = decoded.info
        self._give_back_file(opened)
        layout = self._plan.layouts[opened.modality]
        if isinstance(decoded, m.DecodedText):
            opened.words = m.Region(layout.words.start, decoded.size)
        frame = opened.frame
        assert frame is not None
        steps = []
        for name in opened.lacks.models:
            wanted = self._plan.models[name].input
            source = opened.words if wanted is None else layout.inputs[wanted]
            assert source is not None
            embed = m.Embed(name, frame, source, layout.vectors[name])
            steps.append(self._hand_out(opened, "extractor", f"embed {name}", embed))
        if isinstance(decoded, m.Decoded) and opened.lacks.thumbnail:
            opened.thumbnail = m.ThumbnailPlace(layout.jpeg, decoded.width, decoded.height)
            encode = m.Encode(frame, layout.pixels, decoded.width, decoded.height, layout.jpeg)
            steps.append(self._hand_out(opened, "thumbnailer", "encode", encode))
        return steps or self._finish(opened)

    def _finish(self, opened: _Open) -> list[Step]:
        """To the writer, once every part has come back."""
        if opened.waiting:
            return []
        if opened.failure is not None:
            if concerns_job(opened.failure[1]):
                return list(self._settle(opened))
            return [self._hand_out(opened, "writer", "fail", self._fail(opened))]
        return [self._hand_out(opened, "writer", "commit", self._commit(opened))]

    def _settle(self, opened: _Open) -> Iterator[Step]:
        """The item is in the library or in its failures: its frame goes back, and who waited for it goes on."""
        del self._open[opened.item.id]
        if opened.frame is not None:
            self._pool.free(opened.frame)
        self._give_back_file(opened)
        if self._leaders.get(opened.hash) == opened.item.id:
            del self._leaders[opened.hash]
        for follower in opened.followers:
            yield from self._begin(self._open[follower])

    def _give_back_file(self, opened: _Open) -> None:
        if opened.file is not None:
            self._pool.free(opened.file)
            opened.file = None

    # ---- tasks

    def _decode(self, opened: _Open) -> m.Decode | m.DecodeText:
        layout = self._plan.layouts[opened.modality]
        assert opened.frame is not None and opened.file is not None
        if opened.modality == "text":
            return m.DecodeText(opened.file, opened.size, opened.frame, layout.words)
        wanted = {self._plan.models[name].input for name in opened.lacks.models}
        inputs = tuple((one, region) for one, region in layout.inputs.items() if one in wanted)
        side = self._plan.thumbnail if opened.lacks.thumbnail else None
        return m.Decode(opened.file, opened.size, opened.frame, inputs, side, layout.pixels)

    def _hand_out(self, opened: _Open, stage: str, part: str, task: Any) -> Step:
        opened.waiting.add(part)
        return Step(stage, (part, opened.item.id), task)

    def _commit(self, opened: _Open) -> m.Commit:
        item, vectors = opened.item, self._plan.layouts[opened.modality].vectors
        return m.Commit(
            job=opened.job,
            item=item.id,
            folder=item.folder,
            entry=item.entry,
            hash=opened.hash,
            info=opened.info,
            frame=opened.frame or Frame(0, 0, 0),
            vectors=tuple((name, vectors[name]) for name in opened.lacks.models),
            thumbnail=opened.thumbnail,
            words=opened.words,
        )

    def _fail(self, opened: _Open) -> m.Fail:
        assert opened.failure is not None
        stage, refused = opened.failure
        return m.Fail(opened.job, opened.item.id, stage, Reason(refused.reason), refused.error[:500])
