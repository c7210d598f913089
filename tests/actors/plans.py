"""Plans of small models that nobody opens."""

from __future__ import annotations

from collections.abc import Sequence

from aptl3.actors.layout import picture_layout, text_layout
from aptl3.actors.plan import Plan
from aptl3.records.model import ModelRef, ModelSpec, PictureInput

PICTURES = ModelSpec("pictures", "1", "image", 8, "space", PictureInput(16, 0.875), "MIT", "made here")
WORDS = ModelSpec("words", "1", "text", 4, "other space", None, "MIT", "made here")


def plan_of(*models: ModelSpec, registered: Sequence[str] = (), thumbnail: int = 32) -> Plan:
    pictures, texts = ([spec for spec in models if spec.modality == one] for one in ("image", "text"))
    return Plan(
        refs={ModelRef(spec.name): spec for spec in models},
        models={spec.name: spec for spec in models},
        registered=frozenset(registered),
        thumbnail=thumbnail,
        layouts={"image": picture_layout(pictures, thumbnail), "text": text_layout(texts)},
        problem=None,
    )
