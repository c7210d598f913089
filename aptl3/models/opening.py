"""Opening a model: finds its weights, prepares an engine on this machine, and has the model prove itself.

Light to import. Nothing of torch is imported for an engine of OpenVINO once the model is prepared.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import registry
from aptl3.models.converted import BY_TORCH, find, place
from aptl3.models.source import EngineSource, Fetchable, PictureSource, TextSource
from aptl3.records.model import ModelRef, ModelSpec, StoredModel

if TYPE_CHECKING:
    from aptl3.models.converted import Converted
    from aptl3.models.model import PictureEngine, PictureModel, TextEngine, TextModel

DEVICES = ("auto", "cpu", "cuda", "torch-cpu")


def describe(ref: ModelRef | str) -> ModelSpec:
    """What the model is. BadArgument, ModelUnavailable."""
    return registry.get(ref)


def fetch(ref: ModelRef | str) -> None:
    """Has the model's hub bring the weights where they are not there yet: the one function here that uses the network.

    Raises:
        ModelUnavailable: they cannot be had; one line that says what to fetch and where to put it.
    """
    found = registry.source(ref)
    if isinstance(found, Fetchable):
        found.fetch()


def fingerprint(ref: ModelRef | str, cache: Path) -> str:
    """What decides the model's vectors, 32 hex digits. ModelUnavailable when its weights are missing."""
    from aptl3.models.fingerprint import fingerprint as of

    return of(registry.source(ref), cache)


def unstored(ref: ModelRef | str, cache: Path) -> StoredModel:
    """The model as a library would know it that has no vectors of it. Errors as ``fingerprint``."""
    spec, known = registry.get(ref), registry.as_ref(ref)
    print_of_it = fingerprint(ref, cache)
    return StoredModel(spec.name, print_of_it, spec.modality, spec.dim, spec.dtype, spec.space, weights=known.weights)


def prepare(ref: ModelRef | str, cache: Path, *, device: str = "auto") -> str:
    """Converts what the engine needs and keeps it in ``cache``; milliseconds when that is done already.

    Returns:
        What will run it: "openvino-bf16", "openvino-f32" …; "torch-cuda", "torch-cpu" …

    Raises:
        ModelUnavailable: a package, weights or the engine are missing; one line that says what to install.
    """
    found = registry.source(ref)
    if isinstance(found, EngineSource):
        return found.engine_name
    chosen = _device(found.spec, device)
    if chosen == "cpu":
        precision = _converted(ref, cache).fidelity.precision
        return "torch-cpu" if precision == BY_TORCH else f"openvino-{precision}"
    return f"torch-{chosen.removeprefix('torch-')}"


def prepared(ref: ModelRef | str, cache: Path) -> bool:
    """Whether ``prepare`` has nothing left to do on the CPU; answered in milliseconds. ModelUnavailable as there."""
    found = registry.source(ref)
    if isinstance(found, EngineSource):
        return True
    return find(place(cache, found.spec.name, fingerprint(ref, cache))) is not None


def preload() -> None:
    """Imports what will probably run models on this machine, and nothing where that is torch, which takes seconds: for
    a process that has a moment before it is told which. What is missing is told by whoever opens a model."""
    from aptl3.models.engines.cuda import devices

    if not devices():
        with suppress(ModelUnavailable):
            from aptl3.models import model  # noqa: F401
            from aptl3.models.engines import openvino, runtime  # noqa: F401

            runtime.runtime()


def open_picture_model(
    ref: ModelRef | str, *, device: str = "auto", threads: int | None = None, cache: Path
) -> PictureModel:
    """A picture model, prepared when it is not yet.

    Args:
        device: "cpu" (OpenVINO), "cuda" (torch), "torch-cpu", or "auto": CUDA where there is a device, else OpenVINO,
            else torch.
        threads: cores that it may use; None for all that this process may use.

    Raises:
        BadArgument: no picture model of this name, or no such device.
        ModelUnavailable: a package, weights or the engine are missing.
        ModelMismatch: it fails its self-test.
    """
    from aptl3.models.model import PictureModel

    found = registry.source(ref)
    size = found.spec.input
    if size is None:
        raise BadArgument(f"{found.spec.name} is no picture model: use one of {', '.join(registry.names('image'))}.")
    chosen = _device(found.spec, device)
    print_of_it = fingerprint(ref, cache)
    if isinstance(found, EngineSource):
        return PictureModel(found.spec, print_of_it, cast("PictureEngine", found.engine(threads)))
    if chosen == "cpu":
        from aptl3.models.engines import openvino

        converted = _converted(ref, cache)
        precision = converted.fidelity.precision
        if precision != BY_TORCH:
            engine = openvino.PictureEngine(openvino.read(converted.network), precision, threads or openvino.cores())
            return PictureModel(found.spec, print_of_it, engine)
    from aptl3.models.engines import pytorch

    network = cast(PictureSource, found).network()
    on = pytorch.best(network, chosen.removeprefix("torch-"), size.size, threads)
    return PictureModel(found.spec, print_of_it, on)


def open_text_model(ref: ModelRef | str, *, device: str = "auto", threads: int | None = None, cache: Path) -> TextModel:
    """A text model, as ``open_picture_model``. Queries are short, so they always run on the CPU."""
    from aptl3.models.model import TextModel

    found = registry.source(ref)
    if found.spec.modality != "text":
        raise BadArgument(f"{found.spec.name} is no text model: use one of {', '.join(registry.names('text'))}.")
    _device(found.spec, device)
    print_of_it = fingerprint(ref, cache)
    if isinstance(found, EngineSource):
        return TextModel(found.spec, print_of_it, cast("TextEngine", found.engine(threads)))
    from aptl3.models.engines import openvino

    converted = _converted(ref, cache)
    source = cast(TextSource, found)
    network = openvino.read(converted.network)
    engine = openvino.TextEngine(network, source.tokenizer(), source.longest, threads or openvino.cores())
    return TextModel(source.spec, print_of_it, engine)


def _device(spec: ModelSpec, device: str) -> str:
    """The device that ``device`` means on this machine for this model: one of DEVICES but "auto"."""
    from importlib.util import find_spec

    if device not in DEVICES:
        raise BadArgument(f"There is no device {device!r}: use one of {', '.join(DEVICES)}.")
    if spec.modality == "text":
        return "cpu"
    if device != "auto":
        return device
    if _cuda():
        return "cuda"
    return "cpu" if find_spec("openvino") is not None else "torch-cpu"


def _cuda() -> bool:
    """Whether torch can use a CUDA device; torch is imported only where the driver has one."""
    from aptl3.models.engines.cuda import devices

    if not devices():
        return False
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def _converted(ref: ModelRef | str, cache: Path) -> Converted:
    """The conversion in the cache, made when it is missing or damaged."""
    from aptl3.models.conversion import convert

    name = registry.as_ref(ref).name
    folder = place(cache, name, fingerprint(ref, cache))
    found = find(folder)
    if found is None:
        _check_writable(cache)
        convert(ref, folder)
        found = find(folder)
    if found is None:
        raise ModelUnavailable(f"The model {name} cannot be kept in {cache}: make room there, or move the cache.")
    return found


def _check_writable(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache) as file:
            file.write(bytes(1 << 16))
    except OSError as error:
        why = error.strerror or str(error)
        raise ModelUnavailable(
            f"Models cannot be kept in {cache} ({why}): make room there, or set APTL3_CACHE_DIR to another folder."
        ) from error
