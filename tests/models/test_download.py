from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aptl3.errors import ModelUnavailable
from aptl3.models.download import download

DATA = bytes(range(256)) * 9000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/garbage":
            self.wfile.write(b"this is no answer\r\n\r\n")
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[: len(DATA) // 2] if self.path == "/half" else DATA)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_it_comes_whole(server: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "weights"
    download(f"{server}/weights", path, hashlib.sha256(DATA).hexdigest()[:8])
    assert path.read_bytes() == DATA and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("page", "digest"), [("none", ""), ("weights", "00000000"), ("half", ""), ("garbage", "")])
def test_or_not_at_all(server: str, tmp_path: Path, page: str, digest: str) -> None:
    path = tmp_path / "weights"
    with pytest.raises(ModelUnavailable, match=rf"^[^\n]*fetch {server}/{page} yourself and put it to {path}[^\n]*$"):
        download(f"{server}/{page}", path, digest)
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_it_says_what_to_do_by_hand(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"^weights cannot be downloaded [^\n]* yourself [^\n]*$"):
        download("http://127.0.0.1:9/weights", tmp_path / "weights")
