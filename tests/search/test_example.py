from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from aptl3.errors import BadArgument
from aptl3.search import example
from aptl3.storage.url import path_to_url
from aptl3.storage.writer import Writer
from tests.search.conftest import paint, pixels


def test_paths_and_urls_name_the_same_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(folder / "a b.png")
    assert example.path_of(path) == path
    assert example.path_of(path_to_url(path)) == path
    monkeypatch.chdir(folder)
    assert example.path_of("./a b.png") == path
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert example.path_of("~/a b.png") == path
    assert example.path_of("HTTPS://example.org/a.png") is None
    assert example.path_of("data:,a%20dog") == "data:,a%20dog"


def test_a_picture_of_the_library_is_known_until_it_changes(writer: Writer, folder: Path) -> None:
    path = folder / "red.png"
    media = writer.media_at(str(path))
    assert media is not None
    assert example.known(writer, str(path)) == media
    assert example.known(writer, str(folder / "other.png")) is None
    os.utime(path, ns=(1, 1))
    assert example.known(writer, str(path)) is None
    path.unlink()  # its drive is away: what was there is what is meant
    assert example.known(writer, str(path)) == media


def test_pixels_of_a_file(folder: Path) -> None:
    found = pixels(str(paint(folder / "new.png", (200, 100, 50))))
    assert found.shape == (16, 16, 3)
    assert found.dtype == np.uint8
    assert (found == (200, 100, 50)).all()


@pytest.mark.parametrize(
    ("name", "says"), [("none.png", "cannot be read"), ("", "is not a file"), ("text.png", "gives no picture")]
)
def test_what_gives_no_picture_is_a_bad_argument(name: str, says: str, folder: Path) -> None:
    (folder / "text.png").write_text("no picture at all")
    with pytest.raises(BadArgument, match=says):
        pixels(str(folder / name))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(BadArgument, match="is not a file"):
        example.contents(str(folder / "pipe.png"))


def test_a_file_that_is_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "MOST_BYTES", 10)
    with pytest.raises(BadArgument, match="larger than"):
        example.contents(str(paint(folder / "new.png", (1, 2, 3))))


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """A server on this machine that has one picture."""
    picture = paint(folder / "served.png", (10, 200, 30)).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/served.png" else 404)
            self.end_headers()
            if self.path == "/served.png":
                self.wfile.write(picture)

        def log_message(self, format: str, *args: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_that_the_user_names_is_fetched(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert (pixels(f"{address}/served.png") == (10, 200, 30)).all()
    monkeypatch.setattr(example, "MOST_BYTES", 10)
    with pytest.raises(BadArgument, match="larger than"):
        example.contents(f"{address}/served.png")


def test_texts_of_files_and_of_places(folder: Path) -> None:
    path = folder / "note.txt"
    path.write_bytes(" caf\xe9 ".encode("cp1252"))
    assert example.words(example.contents(str(path)), "note.txt") == "café"
    assert example.words(example.contents("data:,a%20dog"), "data:,a%20dog") == "a dog"
    with pytest.raises(BadArgument, match=r"note\.txt gives no text: the text is empty"):
        example.words(b" ", "note.txt")
