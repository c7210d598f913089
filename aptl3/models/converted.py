"""A model converted for OpenVINO, in the cache: ``<cache>/models/<name, percent-encoded>/<key>/``.

The key covers the fingerprint, OpenVINO's version, this processor and our own way of converting: whatever changes, the
old folder is not looked at. A folder is written aside and renamed into place; its manifest has the digests of its
files, which are compared each time (2 ms for 13 MB), so that a damaged one is rebuilt and never run.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import xxhash

from aptl3.errors import ModelUnavailable
from aptl3.models.fingerprint import digest
from aptl3.models.written import aside, folder_of

NETWORK = "network.xml"  # its weights lie beside it, in network.bin
BY_TORCH = "torch"
_MANIFEST = "manifest.json"
_RECIPE = 2  # raise it when conversion changes
_LEFT_OVER = 3600.0  # seconds after which a folder that was being written counts as abandoned


@dataclass(frozen=True)
class Fidelity:
    """The precision that a network is to run in ("f32", "bf16", "f16", "int8"), and its mean and least cosine to
    float32; or ``BY_TORCH``: there is no network, because OpenVINO does not convert it to one that gives the same."""

    precision: str
    mean: float = 1.0
    worst: float = 1.0


@dataclass(frozen=True)
class Converted:
    """A folder that was found whole."""

    folder: Path
    fidelity: Fidelity

    @property
    def network(self) -> Path:
        return self.folder / NETWORK


def place(cache: Path, name: str, fingerprint: str) -> Path:
    """Where the model's conversion for this machine belongs. ModelUnavailable when OpenVINO is not installed."""
    try:
        runtime = version("openvino")
    except PackageNotFoundError as error:
        raise ModelUnavailable("The package openvino is missing: pip install openvino") from error
    key = xxhash.xxh3_64_hexdigest("\n".join((fingerprint, runtime, _processor(), str(_RECIPE))).encode())
    return folder_of(cache, name) / key


def find(folder: Path) -> Converted | None:
    """What lies there, if it is whole."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        whole = all(digest(folder / name) == value for name, value in manifest["files"].items())
        fidelity = Fidelity(str(manifest["precision"]), float(manifest["mean"]), float(manifest["worst"]))
        return Converted(folder, fidelity) if whole else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def install(folder: Path, fill: Callable[[Path], Fidelity]) -> None:
    """Has ``fill`` write ``NETWORK`` into a new folder, seals it, and puts it where ``folder`` says, instead of what is
    there.

    Raises:
        OSError: the cache cannot be written. Whatever ``fill`` raises; nothing is left over.
    """
    new = aside(folder)
    new.mkdir(mode=0o700)
    try:
        fidelity = fill(new)
        seal(new, fidelity)
        _exchange(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _sweep(folder.parent)


def seal(folder: Path, fidelity: Fidelity) -> None:
    """Writes the manifest of what lies in ``folder``, by which ``find`` knows it whole."""
    files = {path.name: digest(path) for path in sorted(folder.iterdir())}
    (folder / _MANIFEST).write_text(json.dumps({"files": files, **asdict(fidelity)}, indent=1), "utf-8")


def _exchange(new: Path, folder: Path) -> None:
    """Renames ``new`` to ``folder``. Of two processes that do so at once, both end with a whole folder there."""
    for _ in range(10):
        try:
            os.rename(new, folder)
            return
        except OSError:
            if find(folder) is not None:
                return
            old = aside(folder)
            os.rename(folder, old)
            shutil.rmtree(old, ignore_errors=True)
    raise OSError(f"{folder} is in use")


def _sweep(parent: Path) -> None:
    """Removes what processes that died while writing have left."""
    for path in parent.glob(".*"):
        if path.is_dir() and time.time() - path.stat().st_mtime > _LEFT_OVER:
            shutil.rmtree(path, ignore_errors=True)


def _processor() -> str:
    """What tells one processor from another, as far as which instructions it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))
