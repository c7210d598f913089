"""Following a job on a terminal: a progress line on standard error, and Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from aptl3.cli.common import print_json
from aptl3.errors import Aptl3Error
from aptl3.records.job import Job, JobState
from aptl3.service.client import Client

if TYPE_CHECKING:
    from tqdm import tqdm


class _Interrupts:
    """Records Ctrl-C. The first is for the job to be interrupted; at the second nothing is waited for any more."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> _Interrupts:
        self._before = signal.signal(signal.SIGINT, self._record)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _record(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def watch(client: Client, number: int, verbosity: int) -> Job:
    """Follows somebody's job until it rests, with progress unless quiet. Ctrl-C ends the watching only."""
    *_, last = _with_progress(client.follow(number), verbosity)
    return last


def run_job(client: Client, submit: Callable[[], int], verbosity: int) -> Job:
    """Submits a job and follows it until it rests, with progress unless quiet; returns it as it is then. At Ctrl-C the
    job hands out nothing more, commits what is in flight and rests as interrupted; at the second, nobody waits for
    that."""
    with _Interrupts() as interrupts:
        number = submit()
        told = False
        last: Job | None = None
        try:
            for job in _with_progress(client.follow(number), verbosity):
                last = job
                if interrupts.asked and not told:
                    told = True
                    click.echo("Interrupted: committing what is in flight. Ctrl-C again to leave at once.", err=True)
                    client.tell("interrupt", job=number)
        except KeyboardInterrupt:
            if not told:
                client.tell("interrupt", job=number)
            raise
    if last is None:
        raise Aptl3Error(f"Job {number} said nothing.")
    return last


def _with_progress(documents: Iterable[dict[str, Any]], verbosity: int) -> Iterator[Job]:
    with Progress(verbosity) as progress:
        for document in documents:
            job = Job.from_json(document)
            progress(job)
            yield job


class Progress:
    """A line on standard error that says how far a job is, one job after another; none when quiet, or where standard
    error is no terminal. A context manager, and a function of a job."""

    def __init__(self, verbosity: int) -> None:
        self._quiet = True if verbosity < 0 else None
        self._job = 0
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __call__(self, job: Job) -> None:
        done = job.counts.found - job.pending
        if self._bar is None or job.id != self._job:  # what an earlier run has done does not count as done just now
            from tqdm import tqdm

            self._close()
            self._job = job.id
            self._bar = tqdm(unit=" files", disable=self._quiet, dynamic_ncols=True, smoothing=0.1, initial=done)
        self._bar.total = job.counts.found or None
        self._bar.set_postfix_str(_notes(job), refresh=False)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _notes(job: Job) -> str:
    notes = []
    if job.state is JobState.QUEUED:
        notes.append("waiting")
    if job.folders:
        notes.append(f"{job.folders} folders to list")
    if job.counts.unchanged:
        notes.append(f"{job.counts.unchanged} unchanged")
    if job.counts.failed:
        notes.append(f"{job.counts.failed} failed")
    return ", ".join(notes)


def summary(job: Job) -> str:
    """A job in one line for people."""
    counts = job.counts
    done = counts.added + counts.duplicates + counts.failed
    if job.paths:
        parts = [f"{counts.added} added"]
    else:  # what was lacking has been made up for
        parts = [f"{counts.vectors} vectors, {counts.thumbnails} thumbnails"]
    if counts.duplicates and job.paths:
        parts.append(f"{counts.duplicates} known already")
    if counts.unchanged:
        parts.append(f"{counts.unchanged} unchanged")
    if counts.failed:
        parts.append(f"{counts.failed} failed (aptl3 failures)")
    rate = f", {done / job.seconds:.1f} files/s" if job.seconds and done else ""
    return f"Job {job.id} {job.state.value}: {', '.join(parts)} in {job.seconds:.1f} s{rate}."


def conclude(job: Job, as_json: bool) -> int:
    """Prints how a job ended, and returns the exit code that says so."""
    if as_json:
        print_json(job.as_json())
    else:
        click.echo(summary(job))
    return exit_code(job)


def exit_code(job: Job) -> int:
    """0 when the job is done; 130 when it was interrupted; 1 when something stopped it, which is said, or somebody
    elsewhere paused or cancelled it."""
    if job.error is not None:
        click.echo(f"aptl3: {job.error}", err=True)
        return 1
    return {JobState.DONE: 0, JobState.INTERRUPTED: 130}.get(job.state, 1)
