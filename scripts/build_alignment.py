"""Rebuilds the alignment that is shipped: python scripts/build_alignment.py [--cache FOLDER].

Takes a minute or two; needs torch and torchvision, which the installed program does not for this.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from aptl3.alignment import file
from aptl3.config import cache_dir
from aptl3.fitting import bootstrap, shipped
from aptl3.models.opening import fingerprint, open_text_model
from aptl3.models.registry import DEFAULT_IMAGE, DEFAULT_TEXT


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the alignment that is shipped.")
    parser.add_argument("--cache", type=Path, default=cache_dir(), help="folder of converted models")
    parser.add_argument("--into", type=Path, default=shipped.FOLDER, help="folder to write to")
    given = parser.parse_args()
    with open_text_model(DEFAULT_TEXT, cache=given.cache) as texts:
        joint = bootstrap.align(texts, DEFAULT_TEXT, DEFAULT_IMAGE)
        prints = {DEFAULT_TEXT: texts.fingerprint, DEFAULT_IMAGE: fingerprint(DEFAULT_IMAGE, given.cache)}
    path = given.into / f"{DEFAULT_TEXT}.{DEFAULT_IMAGE}{file.SUFFIX}"
    path.write_bytes(file.encode(joint, {"models": prints, "recipe": "bootstrap"}, "<f2"))
    sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
