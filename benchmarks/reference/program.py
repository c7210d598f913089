"""What the programs of this folder share: when they began, their options, which files they read, their answer."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

BEGUN = time.perf_counter()  # imported before torch: importing that belongs to the start-up

SHORTER = 256  # a picture's shorter side before its middle 224 × 224 are taken, pixels


def options(doc: str | None) -> argparse.ArgumentParser:
    """For the options that all have."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="only so many photographs")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32", help="as network.py says")
    parser.add_argument("--workers", type=int, default=2, help="that decode")
    parser.add_argument("--threads", type=int, default=0, help="of the network; 0: torch's own choice")
    parser.add_argument("--batch", type=int, default=32)
    return parser


def files(given: argparse.Namespace) -> list[str]:
    found = [str(path) for path in sorted(given.folder.rglob("*.jpg"))[: given.limit]]
    if not found:
        sys.exit(f"{given.folder} holds no photographs (*.jpg)")
    return found


def answer(images: int, seconds: float, startup: float) -> None:
    """Prints ``images``, ``seconds`` from the first file to the last vector, and what was needed before that."""
    rates = {"per_second": images / seconds, "per_second_with_startup": images / (seconds + startup)}
    print(json.dumps({"images": images, "seconds": seconds, "startup_seconds": startup, **rates}))
