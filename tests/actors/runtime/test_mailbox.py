from __future__ import annotations

import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aptl3.actors.runtime import connections, mailbox
from aptl3.actors.runtime.mailbox import LARGEST, Broken

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="both kinds of ends are tried where there are both")

Ends = tuple[Connection, Connection]


@pytest.fixture
def pipe() -> Iterator[Callable[[], Ends]]:
    made: list[Connection] = []

    def make() -> Ends:
        ends = Pipe(duplex=False)
        made.extend(ends)
        return ends

    yield make
    for end in made:
        end.close()


@pytest.mark.parametrize("kind", [mailbox, connections])
def test_messages_arrive_in_order_and_death_is_an_end(pipe: Callable[[], Ends], kind: ModuleType) -> None:
    reader, writer = pipe()
    receiver, outbox = kind.Receiver(reader), kind.Outbox(writer)
    assert receiver.receive() == [] and not receiver.closed
    for message in (b"one", b"", b"three" * 1000):
        outbox.send(message)
    outbox.send_if_free(b"beat")
    assert receiver.receive() == [b"one", b"", b"three" * 1000, b"beat"]
    writer.close()
    assert receiver.receive() == [] and receiver.closed
    receiver.close()


@pytest.mark.parametrize("kind", [mailbox, connections])
def test_the_other_way(pipe: Callable[[], Ends], kind: ModuleType) -> None:
    reader, writer = pipe()
    inbox, sender = kind.Inbox(reader), kind.Sender(writer)
    assert not inbox.wait(0)
    sender.send(b"task")
    sender.flush()
    assert not sender.pending
    assert inbox.wait(0) and inbox.receive() == b"task"
    sender.close()
    assert inbox.wait(0)
    with pytest.raises(EOFError):
        inbox.receive()


@pytest.mark.parametrize("kind", [mailbox, connections])
def test_sending_to_a_worker_that_is_gone_is_no_error(pipe: Callable[[], Ends], kind: ModuleType) -> None:
    reader, writer = pipe()
    sender = kind.Sender(writer)
    reader.close()
    sender.send(b"task")
    assert not sender.pending


@pytest.mark.parametrize("kind", [mailbox, connections])
def test_a_beat_does_not_wait_for_a_long_answer(pipe: Callable[[], Ends], kind: ModuleType) -> None:
    reader, writer = pipe()
    receiver, outbox = kind.Receiver(reader), kind.Outbox(writer)
    with outbox._lock:
        outbox.send_if_free(b"beat")
    assert receiver.receive() == []


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 20))
def test_any_part_of_a_message_may_come_late(messages: list[bytes], step: int) -> None:
    reader, writer = Pipe(duplex=False)
    receiver = mailbox.Receiver(reader)
    stream = b"".join(struct.pack("!I", len(message)) + message for message in messages)
    received: list[bytes] = []
    for start in range(0, len(stream), step):
        os.write(writer.fileno(), stream[start : start + step])
        received += receiver.receive()
    assert received == messages
    os.write(writer.fileno(), b"\0\0\0\x05half")
    writer.close()
    assert receiver.receive() == [] and receiver.closed
    reader.close()


def test_a_worker_with_spoilt_memory(pipe: Callable[[], Ends]) -> None:
    reader, writer = pipe()
    receiver = mailbox.Receiver(reader)
    os.write(writer.fileno(), struct.pack("!I", LARGEST + 1))
    with pytest.raises(Broken):
        receiver.receive()


def test_the_supervisor_never_waits_for_a_full_pipe(pipe: Callable[[], Ends]) -> None:
    reader, writer = pipe()
    sender, inbox = mailbox.Sender(writer), mailbox.Inbox(reader)
    big = os.urandom(1 << 21)
    sender.send(big)  # nobody reads yet
    waits = sender.pending
    received: list[bytes] = []
    thread = threading.Thread(target=lambda: received.append(inbox.receive()))
    thread.start()
    while sender.pending:
        sender.flush()
    thread.join()
    assert waits and received == [big]
