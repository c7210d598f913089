"""Products never overlap in their frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.layout import WORDS_ROOM, picture_layout, text_layout
from aptl3.records.model import ModelSpec, PictureInput

INPUTS = st.builds(PictureInput, st.integers(1, 512), st.sampled_from([0.875, 1.0]))


def spec(number: int, dim: int, wanted: PictureInput, dtype: str) -> ModelSpec:
    return ModelSpec(f"model-{number}", "1", "image", dim, "space", wanted, "MIT", "made here", dtype)


@given(
    st.lists(st.tuples(st.integers(1, 4096), INPUTS, st.sampled_from(["float16", "float32"])), max_size=6),
    st.integers(16, 512),
)
def test_regions_lie_apart_and_inside(models: list[tuple[int, PictureInput, str]], thumbnail: int) -> None:
    specs = [spec(number, *model) for number, model in enumerate(models)]
    made = picture_layout(specs, thumbnail)
    regions = sorted([*made.inputs.values(), *made.vectors.values(), made.pixels, made.jpeg])
    ends = [region.start + region.size for region in regions]
    assert all(end <= region.start for end, region in zip(ends, regions[1:], strict=False))
    assert ends[-1] <= made.size
    for one in specs:
        assert made.vectors[one.name].size == one.dim * (2 if one.dtype == "float16" else 4)
        assert one.input is not None
        assert made.inputs[one.input].size == one.input.size**2 * 3


@given(st.lists(st.tuples(st.integers(1, 4096), st.sampled_from(["float16", "float32"])), max_size=6))
def test_a_text_has_room_for_its_words_and_rows_and_for_nothing_else(models: list[tuple[int, str]]) -> None:
    specs = [
        ModelSpec(f"text-{number}", "1", "text", dim, "space", None, "MIT", "made here", dtype)
        for number, (dim, dtype) in enumerate(models)
    ]
    made = text_layout(specs)
    regions = sorted([made.words, *made.vectors.values()])
    ends = [region.start + region.size for region in regions]
    assert all(end <= region.start for end, region in zip(ends, regions[1:], strict=False))
    assert ends[-1] <= made.size
    assert (made.words.size, made.pixels.size, made.jpeg.size, dict(made.inputs)) == (WORDS_ROOM, 0, 0, {})
