from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aptl3.errors import BadArgument
from aptl3.search.download import download

DATA = bytes(range(256)) * 1000
MOST = 1 << 20
AGES = 60.0  # seconds that no test waits


class Server(ThreadingHTTPServer):
    """Its paths are ways to answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.elsewhere = ""
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/slow/headers":
            self._drip(b"HTTP/1.0 200 OK\r\nX-Dripping: " + b"x" * 60)
            return
        self.send_response({"/moved": 302, "/none": 404}.get(self.path, 200))
        if self.path == "/moved":
            self.send_header("Location", self.server.elsewhere)
        if self.path in ("/told", "/short"):
            self.send_header("Content-Length", str(len(DATA) + 1000 * (self.path == "/short")))
        self.end_headers()
        if self.path == "/slow/body":
            self._drip(DATA[:100])
        elif self.path not in ("/moved", "/none"):
            self.wfile.write(DATA)

    def _drip(self, data: bytes) -> None:
        """A byte in each 50 ms: five seconds for a hundred, and none of them late."""
        with contextlib.suppress(OSError):
            for number in range(len(data)):
                self.wfile.write(data[number : number + 1])
                if self.server.over.wait(0.05):
                    return

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield found
        found.over.set()
        found.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/told", "/untold"])
def test_what_is_there_comes_whole(server: Server, path: str) -> None:
    assert download(server.address + path, MOST, AGES) == DATA
    assert download(server.address + path, len(DATA), AGES) == DATA
    with pytest.raises(BadArgument, match="larger than"):
        download(server.address + path, len(DATA) - 1, AGES)


def test_what_breaks_off_is_refused(server: Server) -> None:
    with pytest.raises(BadArgument, match="256000 of 257000 bytes"):
        download(f"{server.address}/short", MOST, AGES)


@pytest.mark.parametrize("path", ["/slow/body", "/slow/headers"])
def test_dripping_does_not_move_the_deadline(server: Server, path: str) -> None:
    with pytest.raises(BadArgument, match=r"no end after 0\.5 s"):
        download(server.address + path, MOST, 0.5)


def test_one_is_sent_on_within_the_web(server: Server) -> None:
    server.elsewhere = "/told"
    assert download(f"{server.address}/moved", MOST, AGES) == DATA


@pytest.mark.parametrize("scheme", ["ftp", "FTP", "file"])
def test_nothing_but_the_web_is_asked(server: Server, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server.elsewhere = f"{scheme}://127.0.0.1:{other.getsockname()[1]}/a.png"
        with pytest.raises(BadArgument, match="cannot be fetched"):
            download(f"{server.address}/moved", MOST, 2.0)
        other.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody called
            other.accept()


def test_what_is_not_there(server: Server) -> None:
    with pytest.raises(BadArgument, match="404"):
        download(f"{server.address}/none", MOST, AGES)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a.png", "http://[bad/a.png", "http:///a.png"])
def test_an_address_that_does_not_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(BadArgument, match="cannot be fetched"):
        download(url, MOST, AGES)
