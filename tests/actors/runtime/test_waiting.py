from __future__ import annotations

import socket
from multiprocessing import Pipe

from aptl3.actors.runtime.waiting import Waiter


def test_owners_and_others_are_told_apart() -> None:
    waiter = Waiter()
    reader, writer = Pipe(duplex=False)
    ours, theirs = socket.socketpair()
    with reader, writer, ours, theirs:
        waiter.watch(reader, "owner")
        assert waiter.watches(reader) and not waiter.watches(writer)
        assert waiter.wait(0.0, [ours]) == ([], [])
        writer.send_bytes(b"x")
        assert waiter.wait(10.0, [ours]) == (["owner"], [])
        theirs.send(b"y")
        assert waiter.wait(10.0, [ours]) == (["owner"], [ours])
        waiter.forget(reader)
        waiter.forget(reader)
        assert waiter.wait(10.0, [ours]) == ([], [ours])
        assert waiter.wait(-1.0) == ([], [])
    waiter.close()


def test_room_in_a_pipe() -> None:
    waiter = Waiter()
    reader, writer = Pipe(duplex=False)
    with reader, writer:
        waiter.watch(writer, "owner", writable=True)
        assert waiter.wait(10.0) == (["owner"], [])
        waiter.forget(writer)
        assert waiter.wait(0.0) == ([], [])
    waiter.close()
