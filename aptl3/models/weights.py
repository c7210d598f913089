"""Weights from files: read without running anything in them, checked, and put into a network that they fit.

A file is a state dictionary as ``torch.save`` writes it (read with ``weights_only``) or a ``.safetensors`` file. All
errors are ``ModelUnavailable``, one line that says what is wrong with the file.
"""

from __future__ import annotations

import pickle
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aptl3.errors import ModelUnavailable
from aptl3.models.source import existing

if TYPE_CHECKING:
    import numpy as np
    import torch

_WRAPPINGS = ("state_dict", "model", "model_state_dict")  # what training scripts call the part with the weights


def read(path: Path) -> OrderedDict[str, torch.Tensor]:
    """The weights in ``path`` by name. ModelUnavailable: no such file, damaged, not weights, not finite."""
    import torch

    found = _safetensors(path) if path.suffix == ".safetensors" else _saved(path)
    for name, values in found.items():
        if values.is_floating_point() and not bool(torch.isfinite(values).all()):
            raise ModelUnavailable(f"The weights in {path} are damaged ({name} is not all numbers): get them again.")
    return found


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The weights in ``path`` by name, as float32; errors as ``read``."""
    return {name: values.float().numpy() for name, values in read(path).items()}


def fit(network: torch.nn.Module, weights: OrderedDict[str, torch.Tensor], path: Path, name: str) -> None:
    """Puts ``weights``, which come from ``path``, into ``network``; ``name`` is the model's. Every one must fit."""
    own = network.state_dict()
    if not hasattr(weights, "_metadata"):  # versions of layers, which some of torch's own networks insist on
        weights._metadata = own._metadata  # type: ignore[attr-defined]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that weights are of an older version, which their network then allows for
            network.load_state_dict(weights)
    except (RuntimeError, ValueError, TypeError) as error:
        why = "; ".join(_differences(own, weights)) or " ".join(str(error).split())[:200]
        raise ModelUnavailable(f"The weights in {path} do not fit {name}: {why}.") from error


def _differences(own: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]) -> list[str]:
    shapes = [key for key in own if key in given and own[key].shape != given[key].shape]
    lists = {
        "missing": [key for key in own if key not in given],
        "unknown": [key for key in given if key not in own],
        "of another shape": [f"{key} {tuple(given[key].shape)} for {tuple(own[key].shape)}" for key in shapes],
    }
    return [
        f"{what}: {found[0]}" + (f" and {len(found) - 1} more" if len(found) > 1 else "")
        for what, found in lists.items()
        if found
    ]


def _safetensors(path: Path) -> OrderedDict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    existing(path)
    try:
        return OrderedDict(load_file(path))
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelUnavailable(f"The weights in {path} cannot be read ({error}): get them again.") from error


def _saved(path: Path) -> OrderedDict[str, torch.Tensor]:
    import torch

    existing(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how the file was written
            found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelUnavailable(
            f"{path} is no file of weights, or holds more than weights, and pickled code is never run: "
            "give a state dictionary or a .safetensors file."
        ) from error
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, AttributeError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"The weights in {path} cannot be read ({why}): get them again.") from error
    for wrapping in _WRAPPINGS:
        if isinstance(found, Mapping) and isinstance(found.get(wrapping), Mapping):
            found = found[wrapping]
            break
    if not isinstance(found, Mapping) or not found or not all(isinstance(v, torch.Tensor) for v in found.values()):
        raise ModelUnavailable(f"{path} holds no state dictionary: give one, or a .safetensors file.")
    if all(key.startswith("module.") for key in found):  # as a network saved from several GPUs has them
        return OrderedDict((key.removeprefix("module."), values) for key, values in found.items())
    return found if isinstance(found, OrderedDict) else OrderedDict(found)
