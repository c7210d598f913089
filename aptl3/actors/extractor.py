"""The extractor: batches of model inputs become rows of the models' stored dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.actors import sharing
from aptl3.actors.messages import Embed, Identify, Region
from aptl3.actors.proving import identity, open_known
from aptl3.actors.runtime.frames import Frame, FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.errors import Aptl3Error
from aptl3.records.failure import Reason

if TYPE_CHECKING:
    import numpy as np

    from aptl3.models.model import PictureModel, TextModel


class Extractor:
    """Stage: ``Embed`` → None, ``Identify`` → ``Identity``. A model is opened when the first task asks for it, and
    proves itself against the library at ``root``; one that cannot refuses the task under the error's name. ``begin``
    keeps the cores at work from one batch to the next."""

    def __init__(self, root: Path, cache: Path, threads: int, *, memory: FrameMemory) -> None:
        sharing.numbers()
        from aptl3.models import opening

        opening.preload()  # the first item should not wait for it
        self._root = root
        self._cache = cache
        self._threads = threads
        self._memory = memory
        self._models: dict[str, PictureModel | TextModel] = {}

    def run(self, batch: Sequence[Embed | Identify]) -> list[Any]:
        return self.begin(batch)()

    def begin(self, batch: Sequence[Embed | Identify]) -> Callable[[], list[Any]]:
        groups: dict[str, list[int]] = {}
        for place, task in enumerate(batch):
            groups.setdefault(task.model, []).append(place)
        begun = [(places, self._begin(name, [batch[place] for place in places])) for name, places in groups.items()]

        def answers() -> list[Any]:
            found = {place: answer for places, part in begun for place, answer in zip(places, part(), strict=True)}
            return [found[place] for place in range(len(batch))]

        return answers

    def close(self) -> None:
        for model in self._models.values():
            model.close()

    def _model(self, name: str) -> PictureModel | TextModel:
        if name not in self._models:
            self._models[name] = open_known(self._root, name, self._threads, self._cache)
        return self._models[name]

    def _begin(self, name: str, tasks: Sequence[Embed | Identify]) -> Callable[[], Sequence[Any]]:
        """Starts on tasks of one model."""
        from aptl3.models.model import TextModel

        try:
            model = self._model(name)
        except Aptl3Error as error:
            refused = [Refused(type(error).__name__, str(error))] * len(tasks)
            return lambda: refused
        embeds = [task for task in tasks if isinstance(task, Embed)]
        if isinstance(model, TextModel):
            texts = [str(self._view(task.frame, task.input), "utf-8") for task in embeds]
            rows: Callable[[], np.ndarray] = partial(model.embed, texts)
        else:
            rows = model.begin([self._picture(model, task) for task in embeds])

        def answers() -> list[Any]:
            stored = iter(self._store(model, embeds, rows()))
            return [next(stored) if isinstance(task, Embed) else identity(model) for task in tasks]

        return answers

    def _picture(self, model: PictureModel, task: Embed) -> np.ndarray:
        """uint8 (size, size, 3), where it lies."""
        import numpy as np

        assert model.spec.input is not None
        side = model.spec.input.size
        return np.frombuffer(self._view(task.frame, task.input), np.uint8).reshape(side, side, 3)

    def _view(self, frame: Frame, region: Region) -> memoryview:
        return self._memory.view(frame)[region.start : region.start + region.size]

    def _store(
        self, model: PictureModel | TextModel, tasks: Sequence[Embed], rows: np.ndarray
    ) -> Iterator[Refused | None]:
        """Puts rows into their items' frames, those that are vectors of length 1."""
        import numpy as np

        good = np.isfinite(rows).all(axis=1) & (np.abs(np.linalg.norm(rows, axis=1) - 1) < 0.01)
        stored = rows.astype(f"<f{2 if model.spec.dtype == 'float16' else 4}")
        for task, row, ok in zip(tasks, stored, good.tolist(), strict=True):
            if ok:
                self._view(task.frame, task.vector)[: row.nbytes] = row.tobytes()
                yield None
            else:
                text = f"{task.model} gave no usable vector for this {model.spec.modality}"
                yield Refused(Reason.MODEL.value, text)
