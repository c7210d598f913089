"""The model hub that sentence-transformers uses: what of it lies in its local cache, and bringing a model there.

Only ``fetch`` uses the network, and only for a model that is not whole. What lies in the cache is found without asking
anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aptl3.errors import ModelUnavailable

# Other formats of the same weights, and what only people read.
_LEFT_OUT = ("*.onnx", "*.h5", "*.ot", "*.msgpack", "onnx/*", "openvino/*", "*.md", "*.png", "*.jpg", "*.tflite")


def kept(repository: str) -> Path | None:
    """The folder of a model in the hub's cache, in which files may be missing; None when there is none."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ImportError:
        return None
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None


def fetch(repository: str, model: str, needed: Callable[[], object]) -> None:
    """Brings into the hub's cache what of ``repository`` is not there, unless ``needed`` finds all that the model needs
    already. The hub's cache does not tell a model that is whole from one whose download broke off; ``needed`` does, by
    raising ModelUnavailable. That is also raised when it cannot be had; it says what to do by hand."""
    try:
        needed()
    except ModelUnavailable:
        _download(repository, model)
        needed()


def _download(repository: str, model: str) -> None:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ImportError as error:
        raise ModelUnavailable("The package huggingface_hub is missing: pip install sentence-transformers") from error
    disable_progress_bars()
    try:
        snapshot_download(repository, ignore_patterns=list(_LEFT_OUT))
    except Exception as error:  # of the network, the hub, the disk: the hub's library has no common class for them
        why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
        raise ModelUnavailable(f"{model} cannot be downloaded ({why}): {by_hand(repository)}") from error


def by_hand(repository: str) -> str:
    """What to do where there is no network."""
    return f"fetch the files of https://huggingface.co/{repository} into a folder yourself, and give --weights FOLDER."
