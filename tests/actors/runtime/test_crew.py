"""What the crew does where no real process can be brought to: one that can't be killed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from aptl3.actors.runtime import child
from aptl3.actors.runtime.supervisor import Supervisor

from .conftest import collect, doer, ended, until


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_worker_asleep_in_the_kernel_is_left_behind(
    supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for a read from a dead drive: the process stays although it was killed."""
    supervisor = supervise(doer(batch=2, deadline=2.0))
    for key in range(2):
        supervisor.submit("doer", key, ("sleep", 600.0, None))
    until(supervisor, lambda: supervisor.in_flight("doer") == 2)
    (pid,) = supervisor.pids("doer")
    supervisor.submit("doer", "next", 1)
    with monkeypatch.context() as patch:
        patch.setattr(child, "STUCK_AFTER", 0.2)
        patch.setattr(
            child.Child, "gone", property(lambda self: self.pid != pid and self._process.exitcode is not None)
        )
        patch.setattr(
            "multiprocessing.process.BaseProcess.kill",
            lambda self: None if self.pid == pid else os.kill(self.pid, signal.SIGKILL),
        )
        outcomes = {outcome.key: outcome for outcome in collect(supervisor, 3)}
    assert ended([pid])  # its mailbox was closed: should it ever wake, that is its end
    assert outcomes["next"].value == 2 and not outcomes["next"].stuck
    for key in range(2):
        refused = outcomes[key].refused
        assert outcomes[key].stuck and refused and refused.reason == "timeout"
    assert supervisor.statistics()["doer"].restarts == 1


def test_no_process_to_be_had(supervise: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = supervise(doer(count=0))
    with monkeypatch.context() as patch:

        def refuse(self: object) -> None:
            raise BlockingIOError("no more processes")

        patch.setattr("multiprocessing.process.BaseProcess.start", refuse)
        supervisor.scale("doer", 1)
        supervisor.poll(0.0)
    supervisor.submit("doer", 1, 1)
    assert collect(supervisor, 1)[0].value == 2
