"""Lines of JSON over real sockets: in pieces, too long, broken off, not JSON."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aptl3.errors import Aptl3Error, LibraryBusy
from aptl3.service.protocol import MAX_LINE, Lines, connect, error_document, error_of, listen, private_folder

DOCUMENTS = st.dictionaries(
    st.text(max_size=8), st.integers() | st.text() | st.lists(st.text(), max_size=3), max_size=4
)


@pytest.fixture
def pair() -> Iterator[tuple[Lines, Lines]]:
    first, second = socket.socketpair()
    first.setblocking(False)
    second.setblocking(False)
    yield Lines(first), Lines(second)
    first.close()
    second.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DOCUMENTS, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_documents_arrive_whole_however_the_bytes_are_cut(
    pair: tuple[Lines, Lines], documents: list[dict[str, object]], cuts: list[int]
) -> None:
    sender, receiver = pair
    recorded = socket.socketpair()
    recorded[0].setblocking(False)
    Lines(recorded[0]).send({"all": documents})
    data = recorded[1].recv(1 << 20)
    for one in recorded:
        one.close()
    got = []
    for number in range(len(data)):
        size = cuts[number % len(cuts)]
        if not data:
            break
        sender.socket.send(data[:size])
        data = data[size:]
        got += receiver.receive()
    while data:
        sender.socket.send(data[:4096])
        data = data[4096:]
        got += receiver.receive()
    assert got == [{"all": documents}]


@pytest.mark.parametrize("line", [b"{\n", b"[1]\n", b"\xff\xfe\n", b"nonsense\n"])
def test_nonsense_ends_the_connection(pair: tuple[Lines, Lines], line: bytes) -> None:
    sender, receiver = pair
    sender.socket.send(line)
    with pytest.raises(EOFError):
        receiver.receive()


def test_a_line_without_end_is_not_collected_for_ever(pair: tuple[Lines, Lines]) -> None:
    sender, receiver = pair
    with pytest.raises(EOFError):
        for _ in range(2 * MAX_LINE // 4096):
            sender.socket.send(b"x" * 4096)
            receiver.receive()


def test_who_does_not_read_is_given_up_without_waiting(pair: tuple[Lines, Lines]) -> None:
    sender, _ = pair
    with pytest.raises(EOFError):
        for _ in range(100):
            sender.send({"event": "x" * (MAX_LINE // 8)})


def test_the_other_side_gone_is_an_end(pair: tuple[Lines, Lines]) -> None:
    sender, receiver = pair
    sender.socket.close()
    with pytest.raises(EOFError):
        receiver.receive()


def test_errors_keep_their_class_and_foreign_ones_do_not_become_code() -> None:
    error = error_of(error_document(LibraryBusy("busy: wait")))
    assert type(error) is LibraryBusy
    assert str(error) == "busy: wait"
    assert type(error_of({"kind": "annotations", "text": "x"})) is Aptl3Error
    assert type(error_of({"kind": "Reason", "text": "x"})) is Aptl3Error


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps others out by a token")
def test_the_socket_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path / "aptl3" / "library")
    server = listen(folder)
    try:
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        assert stat.S_IMODE(os.stat(folder / "socket").st_mode) == 0o600
        connect(folder).close()
    finally:
        server.close()
    with pytest.raises(OSError):
        connect(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="others tell a crowd by another error")
def test_who_comes_to_a_crowd_is_let_in_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[socket.socket] = []
    with listen(private_folder(tmp_path / "aptl3" / "library")) as server, ExitStack() as stack:
        server.listen(1)  # instead of many
        with pytest.raises(BlockingIOError):
            while True:
                inside.append(stack.enter_context(connect(tmp_path / "aptl3" / "library", within=0.0)))
        waiting = len(inside)
        monkeypatch.setattr(time, "sleep", lambda _: inside.append(stack.enter_context(server.accept()[0])))
        stack.enter_context(connect(tmp_path / "aptl3" / "library", within=60.0))
    assert len(inside) == waiting + 1
