"""A web server on loopback that serves a folder, with parts of files (RFC 9110) and mishaps on demand."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class Site(ThreadingHTTPServer):
    """``asked`` counts requests by path, ``sent`` bytes by path. ``cut``: path → bytes after which the connection
    breaks, once each. ``failing``: path → how often it answers 503 first. ``parts``: whether it knows Range at all.
    ``held``: a path that is answered only when ``go`` is set; ``reached`` is set when somebody asks for it."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.asked: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.cut: dict[str, int] = {}
        self.failing: dict[str, int] = {}
        self.parts = True
        self.tells_length = True
        self.held = ""
        self.reached = threading.Event()
        self.go = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        if self.path == self.server.held:
            self.server.reached.set()
            self.server.go.wait(60)
        if self.server.failing.get(self.path, 0) > 0:
            self.server.failing[self.path] -= 1
            self.send_error(503)
            return
        file = self.server.folder / unquote(self.path).lstrip("/")
        if not file.is_file():
            self.send_error(404)
            return
        self._send(file.read_bytes())

    def _send(self, data: bytes) -> None:
        begin = 0
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and self.server.parts:
            begin = int(match[1])
            if begin >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        most = self.server.cut.pop(self.path, len(data))
        with suppress(OSError):
            self.wfile.write(data[begin : begin + most])
        self.server.sent[self.path] += len(data[begin : begin + most])

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    with Site(folder) as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
