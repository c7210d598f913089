"""What is counted for each stage, and what the numbers say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StageStatistics:
    """Counted since the supervisor started.

    The stage that limits the job has a busy_share near 1 and a queue that is never empty; a stage whose queue is near
    empty starves, whatever its own speed.
    """

    workers: int  # processes that should run
    ready: int  # of them, those that were built and can work
    queued: int  # tasks that no worker has yet
    in_flight: int  # tasks that a worker has: it works on them, or they wait in its mailbox
    received: int  # tasks submitted
    done: int  # tasks answered with a value
    refused: int  # tasks answered with a refusal, by the stage or by the runtime
    restarts: int  # workers that died or were killed as hung, and were replaced
    busy_seconds: float  # that workers spent in run(), summed over them, up to now
    cpu_seconds: float  # of processor time, all threads of the workers, since they were built
    ready_seconds: float  # that workers existed since they were built, summed over them
    bytes: int  # of messages, both ways; pixels are not in them

    @property
    def busy_share(self) -> float:
        """busy_seconds / ready_seconds, 0 to 1."""
        return self.busy_seconds / self.ready_seconds if self.ready_seconds else 0.0
