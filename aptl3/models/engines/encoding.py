"""sentence-transformers' own ``encode``, in torch on the CPU: for text models that no graph is written down for."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aptl3.errors import ModelUnavailable

_NAMING = ("modules.json", "router_config.json")  # files that name classes


class EncodeEngine:
    """Texts → float32 (n, dim)."""

    batch = 16

    def __init__(self, folder: Path, model: str, name: str, threads: int | None) -> None:
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self.name = name
        self._model: Any = load(folder, model)

    def run(self, texts: Sequence[str]) -> np.ndarray:
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # surrogates of odd file names
        rows: np.ndarray = self._model.encode(
            clean, batch_size=self.batch, normalize_embeddings=True, show_progress_bar=False
        )
        return rows.astype(np.float32, copy=False)

    def close(self) -> None:
        self._model = None


def load(folder: Path, model: str) -> Any:
    """The ``SentenceTransformer`` in ``folder``, from there alone. ModelUnavailable, in one line, without one."""
    import torch

    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ModelUnavailable(f"sentence-transformers cannot be loaded: {error}") from error
    with _quiet(), _told(folder, model):
        _refuse_code(folder, model)
        found: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    for name, values in found.state_dict().items():
        if values.is_floating_point() and not bool(torch.isfinite(values).all()):
            raise ModelUnavailable(f"The weights of {model} in {folder} are damaged ({name} is not all numbers).")
    return found.eval()


def check(folder: Path, model: str) -> int:
    """The model's dimension. ModelUnavailable unless all weights that its transformer needs are in the folder: what is
    missing would be filled with random numbers when it is loaded."""
    from transformers import AutoModel

    try:
        modules = json.loads((folder / "modules.json").read_text("utf-8"))
        inner = folder / modules[0]["path"] if modules[0]["type"].endswith(".Transformer") else None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        inner = folder
    if inner is not None:
        with _quiet(), _told(folder, model):
            _refuse_code(folder, model)
            told = AutoModel.from_pretrained(str(inner), local_files_only=True, output_loading_info=True)[1]
        missing = sorted(name for name in told["missing_keys"] if "pooler" not in name)  # no text model here uses it
        if missing:
            raise ModelUnavailable(
                f"The weights in {folder} do not fit {model}: missing: {missing[0]} and {len(missing) - 1} more."
            )
    dim = load(folder, model).encode(["a"], show_progress_bar=False).shape[1]
    return int(dim)


def _refuse_code(folder: Path, model: str) -> None:
    """ModelUnavailable when a module is no class of sentence-transformers itself: some of its versions would import it
    from the folder. The modules of a router are told in files of its own."""
    kinds = []
    for path in sorted(folder.rglob("*.json")):
        told = json.loads(path.read_text("utf-8")) if path.name in _NAMING else None
        if isinstance(told, dict):
            kinds += list(told.get("types", {}).values())
        elif told is not None:
            kinds += [one["type"] for one in told]
    strange = [kind for kind in kinds if not str(kind).startswith("sentence_transformers.")]
    if strange:
        raise ModelUnavailable(f"{model} in {folder} brings code of its own ({strange[0]}), which is never run.")


@contextlib.contextmanager
def _told(folder: Path, model: str) -> Iterator[None]:
    """Whatever the libraries raise over a folder that is no good, in one line."""
    try:
        yield
    except ModelUnavailable:
        raise
    except Exception as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"{model} cannot be loaded from {folder}: {why}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Neither progress bars nor warnings while a model is loaded."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
