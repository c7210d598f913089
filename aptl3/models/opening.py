"""Opening a model: finds its weights, prepares an engine on this machine, and has the model prove itself.

Light to import. Nothing of torch is imported for an engine of OpenVINO once the model is prepared.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aptl3.errors import BadArgument, ModelUnavailable
from aptl3.models import registry
from aptl3.models.source import PictureSource, TextSource

if TYPE_CHECKING:
    from aptl3.models.converted import Converted
    from aptl3.models.model import PictureModel, TextModel

DEVICES = ("auto", "cpu", "cuda", "torch-cpu")


def fingerprint(name: str, cache: Path) -> str:
    """What decides the model's vectors, 32 hex digits. ModelUnavailable when its weights are missing."""
    from aptl3.models.fingerprint import fingerprint as of

    return of(registry.source(name), cache)


def prepare(name: str, cache: Path, *, device: str = "auto") -> str:
    """Converts what the engine needs and keeps it in ``cache``; milliseconds when that is done already.

    Returns:
        "openvino-bf16", "openvino-f32" …, or "torch-cuda", "torch-cpu" when there is nothing to prepare.

    Raises:
        ModelUnavailable: a package, weights or the engine are missing; one line that says what to install.
    """
    chosen = _device(name, device)
    return (
        f"openvino-{_converted(name, cache).fidelity.precision}"
        if chosen == "cpu"
        else f"torch-{chosen.removeprefix('torch-')}"
    )


def prepared(name: str, cache: Path) -> bool:
    """Whether ``prepare`` has nothing left to do on the CPU; answered in milliseconds. ModelUnavailable as there."""
    from aptl3.models.converted import find, place

    return find(place(cache, name, fingerprint(name, cache))) is not None


def open_picture_model(name: str, *, device: str = "auto", threads: int | None = None, cache: Path) -> PictureModel:
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

    found = registry.source(name)
    if not isinstance(found, PictureSource) or found.spec.input is None:
        raise BadArgument(f"{name} is no picture model: use one of {', '.join(registry.names('image'))}.")
    print_of_it = fingerprint(name, cache)
    chosen = _device(name, device)
    if chosen == "cpu":
        from aptl3.models.engines import openvino

        converted = _converted(name, cache)
        engine = openvino.PictureEngine(
            openvino.read(converted.network), converted.fidelity.precision, threads or openvino.cores()
        )
        return PictureModel(found.spec, print_of_it, engine)
    from aptl3.models.engines import pytorch

    on = pytorch.best(found.network(), chosen.removeprefix("torch-"), found.spec.input.size, threads)
    return PictureModel(found.spec, print_of_it, on)


def open_text_model(name: str, *, device: str = "auto", threads: int | None = None, cache: Path) -> TextModel:
    """A text model, as ``open_picture_model``. Queries are short, so they always run on the CPU, in OpenVINO."""
    from aptl3.models.model import TextModel

    found = registry.source(name)
    if not isinstance(found, TextSource):
        raise BadArgument(f"{name} is no text model: use one of {', '.join(registry.names('text'))}.")
    print_of_it = fingerprint(name, cache)
    _device(name, device)
    from aptl3.models.engines import openvino

    converted = _converted(name, cache)
    network = openvino.read(converted.network)
    engine = openvino.TextEngine(network, found.tokenizer(), found.longest, threads or openvino.cores())
    return TextModel(found.spec, print_of_it, engine)


def _device(name: str, device: str) -> str:
    """The device that ``device`` means on this machine for this model: one of DEVICES but "auto"."""
    from importlib.util import find_spec

    if device not in DEVICES:
        raise BadArgument(f"There is no device {device!r}: use one of {', '.join(DEVICES)}.")
    if registry.get(name).modality == "text":
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


def _converted(name: str, cache: Path) -> Converted:
    """The conversion in the cache, made when it is missing or damaged."""
    from aptl3.models.conversion import convert
    from aptl3.models.converted import find, place

    folder = place(cache, name, fingerprint(name, cache))
    found = find(folder)
    if found is None:
        _check_writable(cache)
        convert(name, folder)
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
