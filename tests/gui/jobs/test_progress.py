from __future__ import annotations

from dataclasses import replace

from aptl3.gui.jobs.progress import WINDOW, Pace
from aptl3.records.job import Job, JobCounts, JobState


def job(found: int, pending: int, folders: int = 0, id: int = 1) -> Job:
    return Job(id, JobState.RUNNING, ("/p",), JobCounts(found=found), 0.0, pending, folders)


def test_nothing_is_said_of_a_rate_before_something_was_done_for_a_while() -> None:
    pace = Pace()
    first = pace.note(job(100, 100), 0.0)
    assert (first.done, first.found, first.rate, first.left, first.share) == (0, 100, None, None, 0.0)
    assert pace.note(job(100, 90), 0.5).rate is None
    assert pace.note(job(100, 90), 1.0).rate == 10.0


def test_the_rate_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    for second in range(100):
        pace.note(job(10_000, 10_000 - 10 * second), float(second))
    for second in range(100, 100 + round(WINDOW) + 2):
        progress = pace.note(job(10_000, 9_000 - 50 * (second - 99)), float(second))
    assert progress.rate == 50.0
    assert progress.left == (10_000 - progress.done) / 50


def test_another_job_begins_anew_and_so_does_one_that_rested() -> None:
    pace = Pace()
    pace.note(job(100, 100), 0.0)
    assert pace.note(job(100, 50), 2.0).rate == 25.0
    assert pace.note(job(500, 400, id=2), 3.0).rate is None
    assert pace.note(job(500, 398, id=2), 4.0).rate == 2.0
    pace.rest()
    assert pace.note(job(500, 398, id=2), 60.0).rate is None


def test_a_job_at_rest_has_no_rate_and_no_time_left() -> None:
    pace = Pace()
    pace.note(job(100, 100), 0.0)
    pace.note(job(100, 50), 2.0)
    resting = pace.note(replace(job(100, 40), state=JobState.INTERRUPTED), 3.0)
    assert (resting.done, resting.rate, resting.left) == (60, None, None)
    assert pace.note(job(100, 40), 600.0).rate is None
    assert pace.note(job(100, 20), 602.0).rate == 10.0


def test_more_may_be_found() -> None:
    progress = Pace().note(job(0, 0, folders=3), 0.0)
    assert progress.listing and progress.share == 0.0
