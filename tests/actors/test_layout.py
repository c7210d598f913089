"""Products never overlap in their frame."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.layout import layout
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
    made = layout(specs, thumbnail)
    regions = sorted([*made.inputs.values(), *made.vectors.values(), made.pixels, made.jpeg])
    ends = [region.start + region.size for region in regions]
    assert all(end <= region.start for end, region in zip(ends, regions[1:], strict=False))
    assert ends[-1] <= made.size
    for one in specs:
        assert made.vectors[one.name].size == one.dim * (2 if one.dtype == "float16" else 4)
        assert one.input is not None
        assert made.inputs[one.input].size == one.input.size**2 * 3
