"""A model that is loaded and has proved itself: what the pipeline and the search hold in their hands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, TypeVar

import numpy as np

from aptl3.errors import ModelMismatch
from aptl3.models import synthetic
from aptl3.records.model import ModelSpec

SAME = 0.999  # least cosine between what a model gives now and what it gave last time, for the same input
DIFFERENT = 0.99  # two inputs that have nothing in common must be further apart than this
_Self = TypeVar("_Self", bound="Model")


class PictureEngine(Protocol):
    """What runs a picture network: uint8 (n, size, size, 3) → float32 (n, dim), n > 0.

    It may have ``begin(pictures)`` too: starts on a sequence of pictures, and returns what waits for their rows.
    """

    name: str
    batch: int

    def run(self, pictures: np.ndarray) -> np.ndarray: ...

    def close(self) -> None: ...


class TextEngine(Protocol):
    """What runs a text network: texts → float32 (n, dim), n > 0."""

    name: str
    batch: int

    def run(self, texts: Sequence[str]) -> np.ndarray: ...

    def close(self) -> None: ...


class Model(ABC):
    """What models have in common. ``engine`` says what runs it ("openvino-bf16" …), ``fingerprint`` what decides its
    vectors, ``batch`` how many inputs at once it likes best. To be used by one thread at a time."""

    def __init__(self, spec: ModelSpec, fingerprint: str, engine: PictureEngine | TextEngine) -> None:
        self.spec = spec
        self.fingerprint = fingerprint
        self.engine = engine.name
        self.batch = engine.batch
        self._close = engine.close

    def probe(self) -> bytes:
        """The vector of a fixed input: ``dim`` little-endian float32 values, to be stored and given to ``prove``."""
        return self._fixed().astype("<f4").tobytes()

    def prove(self, probe: bytes) -> None:
        """ModelMismatch unless the model gives, for the same input, what it gave when ``probe`` was taken."""
        then = np.frombuffer(probe, "<f4")
        same = then.shape == (self.spec.dim,) and float(then @ self._fixed()) >= SAME
        if not same:
            raise ModelMismatch(
                f"The model {self.spec.name} gives other vectors than those in the library: "
                "use the version that the library was made with, or make a new library."
            )

    def close(self) -> None:
        """Lets go of the engine and its memory."""
        self._close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def _fixed(self) -> np.ndarray:
        """The vector of this kind of model's fixed input, float32 (dim,)."""

    def _check(self, rows: np.ndarray) -> None:
        """``rows`` are the vectors of two different inputs."""
        name, shape = self.spec.name, (2, self.spec.dim)
        if rows.shape != shape or rows.dtype != np.float32:
            raise ModelMismatch(f"The model {name} gives {rows.shape} {rows.dtype} instead of {shape} float32.")
        if not np.isfinite(rows).all() or abs(np.linalg.norm(rows, axis=1) - 1).max() > 1e-3:
            raise ModelMismatch(f"The model {name} gives vectors that are not of length 1.")
        if float(rows[0] @ rows[1]) > DIFFERENT:
            raise ModelMismatch(f"The model {name} gives the same vector for different inputs.")


class PictureModel(Model):
    """Pictures → vectors."""

    def __init__(self, spec: ModelSpec, fingerprint: str, engine: PictureEngine) -> None:
        super().__init__(spec, fingerprint, engine)
        assert spec.input is not None
        self._size = spec.input.size
        self._run = engine.run
        self._begin: Callable[[Sequence[np.ndarray]], Callable[[], np.ndarray]] = getattr(
            engine, "begin", lambda pictures: lambda: engine.run(np.stack(pictures))
        )
        fixed = synthetic.fixed(self._size)
        rows = engine.run(np.concatenate((fixed, np.zeros_like(fixed))))
        self._check(rows)
        # Computed once: opening a model asks for it again, to prove or to introduce it.
        self._known: np.ndarray = rows[0]

    def embed(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 (n, size, size, 3), RGB, C-contiguous → float32 (n, dim), rows L2-normalized. Any n; read-only will do.

        Raises:
            ValueError: pictures of another shape or type.
        """
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (self._size, self._size, 3):
            raise ValueError(f"{pictures.dtype} {pictures.shape} instead of uint8 (n, {self._size}, {self._size}, 3)")
        return self._run(pictures) if len(pictures) else np.empty((0, self.spec.dim), np.float32)

    def begin(self, pictures: Sequence[np.ndarray]) -> Callable[[], np.ndarray]:
        """Starts on some pictures, each uint8 (size, size, 3), and returns what waits for their rows (as ``embed``).

        The pictures are taken in before it returns, or are used until the rows are there: they must not change
        meanwhile. Where the engine allows it, the next pictures may be begun before the rows of these are waited for.
        """
        if not pictures:
            return lambda: np.empty((0, self.spec.dim), np.float32)
        return self._begin(pictures)

    def _fixed(self) -> np.ndarray:
        return self._known


class TextModel(Model):
    """Texts → vectors."""

    def __init__(self, spec: ModelSpec, fingerprint: str, engine: TextEngine) -> None:
        super().__init__(spec, fingerprint, engine)
        self._run = engine.run
        self._check(engine.run(["a cup of coffee", "the engine of an old ship"]))

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """n texts → float32 (n, dim), rows L2-normalized. Any n; long texts are cut at the model's length."""
        return self._run(texts) if len(texts) else np.empty((0, self.spec.dim), np.float32)

    def _fixed(self) -> np.ndarray:
        vector: np.ndarray = self._run(["a photograph of my family at the sea"])[0]
        return vector
