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
    for path in sorted(folder.glob(f"*{file.SUFFIX}")):
        names = {fingerprint: name for name, fingerprint in file.about(path)["models"].items()}
        if source in names and target in names:
            return file.read(path), names[source], names[target]
    return None
