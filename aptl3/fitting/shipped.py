"""The alignments that are shipped in ``data/``, found by the fingerprints of both models.

They are compact files as ``alignment/file.py`` writes them. ``scripts/build_alignment.py`` makes them anew.
"""

from __future__ import annotations

from pathlib import Path

from aptl3.alignment import file
from aptl3.alignment.joint import Joint

FOLDER = Path(__file__).parent / "data"


def load(source: str, target: str, folder: Path = FOLDER) -> tuple[Joint, str, str] | None:
    """The alignment that covers two models, by their fingerprints, and by which names it knows them; None when none is
    shipped for the two."""
    path = find(source, target, folder)
    return None if path is None else read(path, source, target)


def find(source: str, target: str, folder: Path = FOLDER) -> Path | None:
    """The file that ``load`` reads."""
    for path in sorted(folder.glob(f"*{file.SUFFIX}")):
        if {source, target} <= _names(path).keys():
            return path
    return None


def read(path: Path, source: str, target: str) -> tuple[Joint, str, str]:
    """As ``load``, of a file that ``find`` gave."""
    names = _names(path)
    return file.read(path), names[source], names[target]


def _names(path: Path) -> dict[str, str]:
    """Fingerprint → name of the models that a file covers."""
    return {fingerprint: name for name, fingerprint in file.about(path)["models"].items()}
