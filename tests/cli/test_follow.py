from __future__ import annotations

import pytest

from aptl3.cli.follow import Progress, exit_code, summary
from aptl3.records.job import Job, JobCounts, JobState

COUNTS = JobCounts(found=10, added=7, duplicates=2, failed=1, vectors=9, thumbnails=7)


def job(state: JobState = JobState.DONE, error: str | None = None, paths: tuple[str, ...] = ("/p",)) -> Job:
    return Job(3, state, paths, COUNTS, 2.0, error=error)


def test_a_job_in_one_line() -> None:
    assert summary(job()) == "Job 3 done: 7 added, 2 known already, 1 failed (aptl3 failures) in 2.0 s, 5.0 files/s."
    filling = summary(job(paths=()))
    assert filling.startswith("Job 3 done: 9 vectors, 7 thumbnails, 1 failed")


@pytest.mark.parametrize(
    ("state", "error", "code"),
    [
        (JobState.DONE, None, 0),
        (JobState.INTERRUPTED, None, 130),
        (JobState.INTERRUPTED, "no room is left", 1),
        (JobState.PAUSED, None, 1),
        (JobState.FAILED, "no model", 1),
    ],
)
def test_the_exit_code_says_how_it_ended(
    state: JobState, error: str | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(job(state, error)) == code
    assert capsys.readouterr().err == (f"aptl3: {error}\n" if error else "")


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(0) as progress:
        progress(job(JobState.RUNNING))
        progress(job())
    assert capsys.readouterr() == ("", "")
