"""Photographs found by their own captions: recall@K of the default models, with no training on captions.

    python benchmarks/captions.py FOLDER      # a folder of COCO: train2017/ and annotations/captions_train2017.json

Reads the photographs into a new library by the whole pipeline, then asks with each caption, as a user would.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aptl3 import Library


def captions_of(folder: Path) -> list[tuple[str, str]]:
    """(caption, file name of its photograph)."""
    document = json.loads((folder / "annotations" / "captions_train2017.json").read_text("utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    return [(one["caption"], names[one["image_id"]]) for one in document["annotations"]]


def ranks(library: Library, captions: list[tuple[str, str]], photographs: int) -> list[int]:
    """The rank of each caption's own photograph, from 1."""
    found = []
    for caption, name in captions:
        hits = library.search(caption, limit=photographs)
        found.append(next(hit.rank for hit in hits if hit.path is not None and Path(hit.path).name == name))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    captions = captions_of(folder)
    with tempfile.TemporaryDirectory(prefix="aptl3-captions-") as root, Library(root) as library:
        job = library.ingest(folder / "train2017")
        found = ranks(library, captions, job.counts.added)
    print(f"{len(captions)} captions, {job.counts.added} photographs")
    for k in (1, 5, 10):
        print(f"recall@{k:<3} {sum(rank <= k for rank in found) / len(found):.4f}")
    print(f"median rank {median(found):g}")


if __name__ == "__main__":
    main()
