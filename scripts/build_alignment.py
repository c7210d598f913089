"""Rebuilds the alignment that is shipped: python scripts/build_alignment.py [--cache FOLDER].

Takes a minute or two; needs torch and torchvision, which the installed program does not for this.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aptl3.alignment import file
from aptl3.config import cache_dir
from aptl3.fitting import recipes, shipped
from aptl3.fitting.bootstrap import classes_of
from aptl3.fitting.skill import skills
from aptl3.models.opening import fingerprint
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT, get
from aptl3.records.model import StoredModel


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the alignment that is shipped.")
    parser.add_argument("--cache", type=Path, default=cache_dir(), help="folder of converted models")
    parser.add_argument("--into", type=Path, default=shipped.FOLDER, help="folder to write to")
    given = parser.parse_args()
    models = []
    for spec in map(get, (DEFAULT_TEXT, DEFAULT_IMAGE)):
        print_of_it = fingerprint(spec.name, given.cache)
        models.append(StoredModel(spec.name, print_of_it, spec.modality, spec.dim, spec.dtype, spec.space))
    classes = classes_of(models, given.cache)
    joint = recipes.fit("bootstrap", None, classes)
    prints = {model.name: model.fingerprint for model in models}
    about = {"models": prints, "recipe": "bootstrap", "skills": skills(classes)}
    path = given.into / f"{DEFAULT_TEXT}.{DEFAULT_IMAGE}{file.SUFFIX}"
    path.write_bytes(file.encode(joint, about, compact=True))
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
