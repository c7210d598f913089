"""A job's states."""

from __future__ import annotations

import pytest

from aptl3.records.job import Job, JobCounts, JobState


@pytest.mark.parametrize("state", JobState)
def test_without_a_supervisor_nothing_is_under_way(state: JobState) -> None:
    job = Job(3, state, ("/photographs",), JobCounts(found=7), 1.5)
    left = job.unattended()
    under_way = state in (JobState.RUNNING, JobState.QUEUED)
    assert left.state is (JobState.INTERRUPTED if under_way else state)
    assert left.counts == job.counts and left.id == 3
