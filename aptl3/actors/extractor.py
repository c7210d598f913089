"""The extractor: batches of model inputs become rows of the models' stored dtype."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.actors.messages import Embed, Identify, Identity
from aptl3.actors.runtime.frames import FrameMemory
from aptl3.actors.runtime.spec import Refused
from aptl3.records.failure import Reason

if TYPE_CHECKING:
    import numpy as np

    from aptl3.models.model import PictureModel


class Extractor:
    """Stage: ``Embed`` → None, ``Identify`` → ``Identity``. Models are opened when the process starts."""

    def __init__(self, models: Sequence[str], threads: int, cache: Path, *, memory: FrameMemory) -> None:
        from aptl3.models.opening import open_picture_model

        self._memory = memory
        self._models = {name: open_picture_model(name, threads=threads, cache=cache) for name in models}

    def run(self, batch: Sequence[Embed | Identify]) -> list[Any]:
        answers: list[Any] = [None] * len(batch)
        groups: dict[str, list[int]] = {}
        for place, task in enumerate(batch):
            if isinstance(task, Identify):
                answers[place] = self._identify(task.model)
            else:
                groups.setdefault(task.model, []).append(place)
        for name, places in groups.items():
            tasks = [task for place in places if isinstance(task := batch[place], Embed)]
            for place, answer in zip(places, self._embed(self._models[name], tasks), strict=True):
                answers[place] = answer
        return answers

    def close(self) -> None:
        for model in self._models.values():
            model.close()

    def _identify(self, name: str) -> Identity:
        model = self._models[name]
        return Identity(name, model.fingerprint, model.engine, model.probe())

    def _embed(self, model: PictureModel, tasks: Sequence[Embed]) -> list[Refused | None]:
        import numpy as np

        assert model.spec.input is not None
        side = model.spec.input.size
        pictures = np.empty((len(tasks), side, side, 3), np.uint8)
        for picture, task in zip(pictures, tasks, strict=True):
            view = self._memory.view(task.frame)
            picture.reshape(-1)[:] = np.frombuffer(view, np.uint8, task.input.size, task.input.start)
        rows = model.embed(pictures)
        good = np.isfinite(rows).all(axis=1) & (np.abs(np.linalg.norm(rows, axis=1) - 1) < 0.01)
        return [self._store(model, task, row, ok) for task, row, ok in zip(tasks, rows, good, strict=True)]

    def _store(self, model: PictureModel, task: Embed, row: np.ndarray, good: bool) -> Refused | None:
        if not good:
            return Refused(Reason.MODEL.value, f"{task.model} gave no usable vector for this picture")
        data = row.astype(f"<f{2 if model.spec.dtype == 'float16' else 4}").tobytes()
        self._memory.view(task.frame)[task.vector.start : task.vector.start + len(data)] = data
        return None
