"""The addition of a model to a library, step by step.

The keeper has it fetched, opened and proved; the writer registers it, between items; then words are aligned to it
where it has classes; then a job computes what the media lack of it. Guarantees: a model that does not prove itself
leaves nothing behind; whatever is cut short, the same request goes on where it was, for each step bears a repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from aptl3.actors import requests as r
from aptl3.actors.upkeep import Reply
from aptl3.errors import Aptl3Error
from aptl3.records.model import ModelRef, ModelSpec


class Host(Protocol):
    """What is needed of an ingestion."""

    @property
    def models(self) -> Mapping[ModelRef, ModelSpec]: ...

    def keep(self, task: r.KeeperTask, reply: Reply) -> None: ...

    def operate(self, operation: r.WriterOperation, reply: Reply) -> None: ...

    def change(self, operation: Callable[[], r.WriterOperation], reply: Reply) -> None: ...

    def fill(self, reply: Reply) -> None: ...


class Addition:
    """Replies with the number of the job that fills in the vectors, or with the first error."""

    def __init__(self, host: Host, reply: Reply) -> None:
        self._host = host
        self._reply = reply
        self._left: list[r.Bootstrap] = []
        self._error: Aptl3Error | None = None

    def begin(self, name: str, weights: str | None) -> None:
        self._host.keep(r.Introduce(name, weights), self._or_reply(self._introduced))

    def _introduced(self, models: tuple[r.Introduced, ...]) -> None:
        names = [one.spec.name for one in models]
        self._host.change(lambda: r.AddModels(models), self._or_reply(lambda _: self._added(names)))

    def _added(self, names: Sequence[str]) -> None:
        self._left = bootstraps(self._host.models, names)
        self._next()

    def _next(self) -> None:
        if self._left:
            self._host.keep(self._left.pop(0), self._fitted)
        else:
            self._host.fill(lambda answer: self._reply(self._error or answer))

    def _fitted(self, record: Any) -> None:
        """A model without an alignment is of use all the same: what went wrong is told, and the rest is done."""
        if isinstance(record, Aptl3Error):
            self._stored(record)
        elif record is None:
            self._next()
        else:
            self._host.operate(r.AddAlignment(record), self._stored)

    def _stored(self, answer: Any) -> None:
        if isinstance(answer, Aptl3Error):
            self._error = self._error or answer
        self._next()

    def _or_reply(self, then: Callable[[Any], None]) -> Reply:
        return lambda answer: self._reply(answer) if isinstance(answer, Aptl3Error) else then(answer)


def bootstraps(models: Mapping[ModelRef, ModelSpec], new: Sequence[str]) -> list[r.Bootstrap]:
    """Of each text model to each picture model, where one of the two is ``new`` and they do not share a space."""
    return [
        r.Bootstrap(text, image)
        for text, words in models.items()
        for image, pictures in models.items()
        if (words.modality, pictures.modality) == ("text", "image")
        and words.space != pictures.space
        and (text.name in new or image.name in new)
    ]
