"""The model hub that sentence-transformers uses: what of it lies in its local cache, and bringing a model there.

Only ``fetch`` uses the network. What lies in the cache is found without asking anybody.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aptl3.config import cache_dir
from aptl3.errors import ModelUnavailable

# Other formats of the same weights, and what only people read.
_LEFT_OUT = ("*.onnx", "*.h5", "*.ot", "*.msgpack", "onnx/*", "openvino/*", "*.md", "*.png", "*.jpg", "*.tflite")


def kept(repository: str) -> Path | None:
    """The folder of a model in the hub's cache; None when it is not there in full, or huggingface_hub is not."""
    if _mark(repository).exists():
        return None
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ImportError:
        return None
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        return None


def fetch(repository: str, model: str) -> None:
    """Brings ``repository`` into the hub's cache. ModelUnavailable: it cannot be had; says what to do by hand."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ImportError as error:
        raise ModelUnavailable("The package huggingface_hub is missing: pip install sentence-transformers") from error
    disable_progress_bars()
    mark = _mark(repository)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()  # the hub's cache does not tell a model of which files are still to come from a whole one
        snapshot_download(repository, ignore_patterns=list(_LEFT_OUT))
        mark.unlink()
    except Exception as error:  # of the network, the hub, the disk: the hub's library has no common class for them
        why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
        raise ModelUnavailable(f"{model} cannot be downloaded ({why}): {by_hand(repository)}") from error


def _mark(repository: str) -> Path:
    """Is there from the beginning of a download to its good end."""
    return cache_dir() / "fetching" / quote(repository, safe="")


def by_hand(repository: str) -> str:
    """What to do where there is no network."""
    return f"fetch the files of https://huggingface.co/{repository} into a folder yourself, and give --weights FOLDER."
