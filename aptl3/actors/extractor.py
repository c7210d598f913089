"""The extractor: batches of model inputs become rows of the models' stored dtype."""

from __future__ import annotations

from collections.abc import Sequence
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
    proves itself against the library at ``root``; one that cannot refuses the task under the error's name."""

    def __init__(self, root: Path, cache: Path, threads: int, *, memory: FrameMemory) -> None:
        sharing.numbers()
        self._root = root
        self._cache = cache
        self._threads = threads
        self._memory = memory
        self._models: dict[str, PictureModel | TextModel] = {}

    def run(self, batch: Sequence[Embed | Identify]) -> list[Any]:
        answers: list[Any] = [None] * len(batch)
        groups: dict[str, list[int]] = {}
        for place, task in enumerate(batch):
            groups.setdefault(task.model, []).append(place)
        for name, places in groups.items():
            try:
                model = self._model(name)
            except Aptl3Error as error:
                found: Sequence[Any] = [Refused(type(error).__name__, str(error))] * len(places)
            else:
                found = self._answers(model, [batch[place] for place in places])
            for place, answer in zip(places, found, strict=True):
                answers[place] = answer
        return answers

    def close(self) -> None:
        for model in self._models.values():
            model.close()

    def _model(self, name: str) -> PictureModel | TextModel:
        if name not in self._models:
            self._models[name] = open_known(self._root, name, self._threads, self._cache)
        return self._models[name]

    def _answers(self, model: PictureModel | TextModel, tasks: Sequence[Embed | Identify]) -> list[Any]:
        inputs = [task for task in tasks if isinstance(task, Embed)]
        rows = iter(self._embed(model, inputs))
        return [next(rows) if isinstance(task, Embed) else identity(model) for task in tasks]

    def _embed(self, model: PictureModel | TextModel, tasks: Sequence[Embed]) -> list[Refused | None]:
        import numpy as np

        from aptl3.models.model import TextModel

        rows = (
            model.embed(self._texts(tasks)) if isinstance(model, TextModel) else model.embed(self._pixels(model, tasks))
        )
        good = np.isfinite(rows).all(axis=1) & (np.abs(np.linalg.norm(rows, axis=1) - 1) < 0.01)
        return [self._store(model, task, row, ok) for task, row, ok in zip(tasks, rows, good, strict=True)]

    def _texts(self, tasks: Sequence[Embed]) -> list[str]:
        return [str(self._view(task.frame, task.input), "utf-8") for task in tasks]

    def _pixels(self, model: PictureModel, tasks: Sequence[Embed]) -> np.ndarray:
        """uint8 (n, size, size, 3)"""
        import numpy as np

        assert model.spec.input is not None
        side = model.spec.input.size
        pictures = np.empty((len(tasks), side, side, 3), np.uint8)
        for picture, task in zip(pictures, tasks, strict=True):
            picture.reshape(-1)[:] = np.frombuffer(self._view(task.frame, task.input), np.uint8)
        return pictures

    def _view(self, frame: Frame, region: Region) -> memoryview:
        return self._memory.view(frame)[region.start : region.start + region.size]

    def _store(self, model: PictureModel | TextModel, task: Embed, row: np.ndarray, good: bool) -> Refused | None:
        if not good:
            return Refused(Reason.MODEL.value, f"{task.model} gave no usable vector for this {model.spec.modality}")
        data = row.astype(f"<f{2 if model.spec.dtype == 'float16' else 4}").tobytes()
        self._view(task.frame, task.vector)[: len(data)] = data
        return None
