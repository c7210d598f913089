"""What each of our stages costs alone: the real stage objects, one after the other, in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from aptl3.actors import messages as m
from aptl3.actors import requests as r
from aptl3.actors.decoder import Decoder
from aptl3.actors.extractor import Extractor
from aptl3.actors.layout import picture_layout
from aptl3.actors.loader import Loader
from aptl3.actors.runtime.frames import Frame, FramePool
from aptl3.actors.thumbnailer import Thumbnailer
from aptl3.actors.writer import Writer
from aptl3.config import cache_dir, default_settings, this_machine
from aptl3.models.registry import DEFAULT_IMAGE, get
from aptl3.records.media import Entry, FileState
from aptl3.storage.store import Store


class Stages:
    """All stages over frames that hold ``paths``; the library lies in ``root``."""

    def __init__(self, root: Path, paths: Sequence[Path]) -> None:
        self.settings = default_settings(this_machine())
        self.spec = get(DEFAULT_IMAGE)
        self.layout = picture_layout([self.spec], self.settings.thumbnail)
        self.entries = [(os.fspath(path.parent), _entry(path)) for path in paths]
        room = sum(self.layout.size + entry.state.size + 8192 for _, entry in self.entries)
        self.pool = FramePool(room, room)
        memory = self.pool.memory
        self.frames = [self._frame(entry) for _, entry in self.entries]
        self.writer = Writer(root, memory=memory)
        self.loader = Loader(root, memory=memory)
        self.decoder = Decoder(memory=memory)
        self.thumbnailer = Thumbnailer(memory=memory)
        self.extractor = Extractor(root, cache_dir(), self.settings.extractor_threads, memory=memory)
        self.root = root

    def __enter__(self) -> Stages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.extractor.close()
        self.loader.close()
        self.writer.close()
        for frame in self.frames:
            self.pool.free(frame)
        self.pool.close()

    def costs(self) -> dict[str, float]:
        """ms of core time an image, by stage."""
        load, loaded = self._timed(self.loader.run, self._loads(), 8)
        decode, decoded = self._timed(self.decoder.run, self._decodes(loaded), 4)
        embed, _ = self._timed(self.extractor.run, self._embeds(), self.settings.batch["extractor"])
        encode, encoded = self._timed(self.thumbnailer.run, self._encodes(decoded), 8)
        commit, _ = self._timed(self.writer.run, self._commits(loaded, decoded, encoded), 32)
        return {"load": load, "decode": decode, "embed": embed, "thumbnail": encode, "commit": commit}

    def _timed(self, run: Callable[[Any], Sequence[Any]], tasks: list[Any], batch: int) -> tuple[float, list[Any]]:
        run(tasks[:batch])  # what is done once: plans of filters, first allocations
        answers: list[Any] = []
        start = time.process_time()
        for at in range(0, len(tasks), batch):
            answers += run(tasks[at : at + batch])
        return (time.process_time() - start) * 1000 / len(tasks), answers

    def _frame(self, entry: Entry) -> Frame:
        frame = self.pool.allocate(self.layout.size + entry.state.size)
        assert frame is not None
        return frame

    def _source(self, entry: Entry) -> m.Region:
        return m.Region(self.layout.size, entry.state.size)

    def _loads(self) -> list[m.Load]:
        both = zip(self.entries, self.frames, strict=True)
        return [m.Load(folder, entry, frame, self._source(entry)) for (folder, entry), frame in both]

    def _decodes(self, loaded: list[m.Loaded]) -> list[m.Decode]:
        inputs = tuple(self.layout.inputs.items())
        return [
            m.Decode(frame, m.Region(self.layout.size, one.size), inputs, self.settings.thumbnail, self.layout.pixels)
            for frame, one in zip(self.frames, loaded, strict=True)
        ]

    def _embeds(self) -> list[m.Embed]:
        assert self.spec.input is not None
        place, row = self.layout.inputs[self.spec.input], self.layout.vectors[self.spec.name]
        return [m.Embed(self.spec.name, frame, place, row) for frame in self.frames]

    def _encodes(self, decoded: list[m.Decoded]) -> list[m.Encode]:
        return [
            m.Encode(frame, self.layout.pixels, one.width, one.height, self.layout.jpeg)
            for frame, one in zip(self.frames, decoded, strict=True)
        ]

    def _commits(self, loaded: list[m.Loaded], decoded: list[m.Decoded], sizes: list[int]) -> list[m.Commit]:
        (job,) = self.writer.run([r.CreateJob((self.entries[0][0],), "{}")])
        (identity,) = self.extractor.run([m.Identify(self.spec.name)])
        self.writer.run([r.AddModels((r.Introduced(self.spec, identity),))])
        self._queue(job)
        with Store.open(self.root) as store:
            numbers = {item.entry.name: item.id for item in store.pending_items(job, 0, len(self.entries))}
        rows = ((self.spec.name, self.layout.vectors[self.spec.name]),)
        commits = []
        for (folder, entry), frame, one, seen, size in zip(
            self.entries, self.frames, loaded, decoded, sizes, strict=True
        ):
            place = m.ThumbnailPlace(m.Region(self.layout.jpeg.start, size), seen.width, seen.height)
            commits.append(m.Commit(job, numbers[entry.name], folder, entry, one.hash, seen.info, frame, rows, place))
        return commits

    def _queue(self, job: int) -> None:
        from aptl3.actors.page import compare, cut

        rows = compare([entry for _, entry in self.entries], [], [], {})
        data = cut(self.entries[0][0], rows, None, 1 << 30).encode()
        frame = self.frames[0]
        if len(data) > frame.size:
            raise ValueError("the sample's listing does not fit the first frame")
        kept = bytes(self.pool.memory.view(frame)[: len(data)])
        self.pool.memory.view(frame)[: len(data)] = data
        self.writer.run([m.Record(job, self.entries[0][0], frame, len(data))])
        self.pool.memory.view(frame)[: len(data)] = kept


def _entry(path: Path) -> Entry:
    status = path.stat()
    return Entry(path.name, FileState(status.st_size, status.st_mtime_ns))
