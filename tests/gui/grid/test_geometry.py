from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from aptl3.gui.grid.geometry import BAND, GAP, MARGIN, Geometry, Rect

GEOMETRIES = st.builds(
    Geometry,
    count=st.integers(0, 60),
    width=st.integers(1, 900),
    tile=st.integers(80, 320),
    likely=st.none() | st.integers(0, 80),
)


def rects(geometry: Geometry) -> list[Rect]:
    return [geometry.rect(position) for position in range(geometry.count)]


@given(GEOMETRIES)
def test_tiles_are_in_rows_that_do_not_touch(geometry: Geometry) -> None:
    placed = rects(geometry)
    for before, after in itertools.pairwise(placed):
        same_row = after.y == before.y
        assert after.x == before.x + geometry.edge + GAP if same_row else after.y >= before.y + geometry.edge + GAP
        assert same_row or after.x == placed[0].x
    assert len({rect.x for rect in placed}) <= geometry.columns


@given(GEOMETRIES)
def test_everything_lies_inside(geometry: Geometry) -> None:
    everything = [*rects(geometry), *([geometry.band] if geometry.band else [])]
    assert all(rect.x >= MARGIN and rect.y >= MARGIN for rect in everything)
    assert all(rect.y + rect.height <= geometry.height for rect in everything)
    if geometry.width > 2 * MARGIN + 16:
        assert all(rect.x + rect.width <= geometry.width - MARGIN for rect in everything)


@given(GEOMETRIES)
def test_rows_are_filled_to_the_margin(geometry: Geometry) -> None:
    if geometry.columns > 1 and geometry.count >= geometry.columns and geometry.likely is None:
        last = geometry.rect(geometry.columns - 1)
        assert geometry.width - MARGIN - (last.x + last.width) <= geometry.columns


@given(GEOMETRIES, st.integers(-50, 5000), st.integers(0, 700))
def test_what_is_visible_is_found_and_little_else(geometry: Geometry, top: int, height: int) -> None:
    visible = geometry.visible(top, height)
    for position, rect in enumerate(rects(geometry)):
        inside = rect.y < top + height and rect.y + rect.height > top
        assert not inside or position in visible or not height
        if position in visible:  # no more than one row beyond each edge
            assert rect.y < top + height + geometry.pitch + BAND
            assert rect.y + rect.height > top - geometry.pitch - BAND
    assert visible.start >= 0 and visible.stop <= geometry.count


@given(GEOMETRIES)
def test_a_point_in_a_tile_is_in_that_tile(geometry: Geometry) -> None:
    for position, rect in enumerate(rects(geometry)):
        assert geometry.at(rect.x, rect.y) == position
        assert geometry.at(rect.x + rect.width - 1, rect.y + rect.height - 1) == position
        assert geometry.at(rect.x + rect.width, rect.y) is None
        assert geometry.at(rect.x - 1, rect.y) is None
        assert geometry.at(rect.x, rect.y - 1) is None


@given(GEOMETRIES.filter(lambda geometry: geometry.likely is not None and geometry.count > 0))
def test_the_line_is_between_the_likely_and_the_others(geometry: Geometry) -> None:
    band = geometry.band
    assert band is not None
    above = list(rects(geometry)[: geometry.above])
    below = list(rects(geometry)[geometry.above :])
    assert all(rect.y + rect.height <= band.y for rect in above)
    assert all(rect.y >= band.y + band.height for rect in below)


@given(GEOMETRIES.filter(lambda geometry: geometry.count > 0), st.data())
def test_steps_stay_inside_and_go_where_they_say(geometry: Geometry, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, geometry.count - 1))
    assert geometry.step(position, 1, 0) == min(position + 1, geometry.count - 1)
    assert geometry.step(position, -1, 0) == max(position - 1, 0)
    for rows in (-100, -1, 1, 100):
        further = geometry.step(position, 0, rows)
        assert 0 <= further < geometry.count
        here, there = geometry.rect(position), geometry.rect(further)
        assert there.y >= here.y if rows > 0 else there.y <= here.y
        assert there.x <= here.x
    below = geometry.step(position, 0, 1)
    if geometry.rect(below).x == geometry.rect(position).x and below != position:
        assert geometry.step(below, 0, -1) == position


def test_ten_million_tiles_are_as_quick_as_ten() -> None:
    geometry = Geometry(10_000_000, 1280, 176, likely=17)
    last = geometry.rect(9_999_999)
    assert last.y + last.height == geometry.height - MARGIN
    assert geometry.visible(geometry.height - 500, 500).stop == 10_000_000
    assert geometry.at(last.x, last.y) == 9_999_999


def test_nothing() -> None:
    geometry = Geometry(0, 500, 176, likely=0)
    assert (geometry.band, geometry.height) == (None, 2 * MARGIN)
    assert list(geometry.visible(0, 1000)) == []
    assert geometry.step(0, 1, 1) == 0
    assert geometry.at(20, 20) is None
