from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.errors import BadArgument
from aptl3.storage.url import path_to_url, place_to_url, url_to_path, url_to_place

names = st.binary(min_size=1, max_size=20).filter(lambda name: b"/" not in name and b"\0" not in name)


@pytest.mark.skipif(os.name == "nt", reason="names of Windows are not bytes")
@given(st.lists(names, max_size=4))
def test_every_path_comes_back(parts: list[bytes]) -> None:
    path = os.fsdecode(b"/" + b"/".join(parts))
    url = path_to_url(path)
    assert url.isascii()
    assert url_to_path(url) == path


def test_urls_look_as_usual(tmp_path: object) -> None:
    assert path_to_url("/a b/ü#?.jpg") == "file:///a%20b/%C3%BC%23%3F.jpg"
    assert url_to_path("file:///a%20b") == "/a b"
    assert url_to_path("FILE://localhost/a") == "/a"
    assert url_to_path("file:/a") == "/a"


@pytest.mark.parametrize("url", ["http://host/a", "a.jpg", "file://host/share/a"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(BadArgument):
        url_to_path(url)


def test_relative_paths_are_refused() -> None:
    with pytest.raises(BadArgument):
        path_to_url("a.jpg")


def test_texts_that_lie_in_no_file_are_their_own_urls() -> None:
    for place, url in (("data:,a%20man", "data:,a%20man"), ("/a b", "file:///a%20b")):
        assert place_to_url(place) == url
        assert url_to_place(url) == place
    for wrong in ("data:text/html,x", "http://x/"):
        with pytest.raises(BadArgument):
            url_to_place(wrong)
