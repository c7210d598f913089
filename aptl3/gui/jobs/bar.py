"""The job bar, at the left of the line below everything: what is being read, how far that is, and what can be told to
it; afterwards, what came of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from aptl3.gui.connection import Situation
from aptl3.gui.controls import describe, tool_button
from aptl3.gui.elided import Elided
from aptl3.gui.jobs.progress import Pace, Progress
from aptl3.gui.wording import counted, number, rate
from aptl3.records.job import Job, JobState
from aptl3.records.media import DATA

WIDEST = 240  # points for a folder's name
STAYS = 20_000  # ms that it is said what came of a job


class JobBar(QWidget):
    """Nothing is shown while there is nothing to say.

    Signals: ``paused(int)``, ``resumed(int)``, ``cancelled(int)``: what the user wants of a job; ``failures_wanted()``.
    """

    paused = pyqtSignal(int)
    resumed = pyqtSignal(int)
    cancelled = pyqtSignal(int)
    failures_wanted = pyqtSignal()

    def __init__(self, clock: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._pace = Pace()
        self._job: Job | None = None
        self._over: Job | None = None
        self._situation = Situation()
        self._forgetting = QTimer(self)
        self._forgetting.setSingleShot(True)
        self._forgetting.timeout.connect(self._forget)
        self.what = Elided(Qt.TextElideMode.ElideMiddle)
        self.what.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.what.setMaximumWidth(WIDEST)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(140, 6)
        describe(self.bar, self.tr("How far the job is"))
        self.how = Elided(Qt.TextElideMode.ElideRight, "quiet")
        self.failures = tool_button("failures", self.tr("Show the files that could not be read"), "Ctrl+3")
        self.failures.setShortcut("")  # it is that of the page
        self.failures.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.failures.clicked.connect(lambda: self.failures_wanted.emit())
        self.pause = tool_button("pause", self.tr("Pause"), "Ctrl+Shift+P", self._pause)
        self.resume = tool_button("play", self.tr("Go on"), "Ctrl+Shift+G", self._resume)
        self.cancel = tool_button("stop", self.tr("Cancel; what was read is kept"), "Ctrl+Shift+X", self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.what, self.bar):
            row.addWidget(widget)
        row.addWidget(self.how, 1)
        for widget in (self.failures, self.pause, self.resume, self.cancel):
            row.addWidget(widget)
        self._draw()

    def show_situation(self, situation: Situation) -> None:
        self._situation = situation
        if situation.under_way or situation.expecting:
            self._forgetting.stop()
            self._over = None
        self._draw()

    def show_end(self, job: Job) -> None:
        """What came of a job, for a while."""
        self._over = job
        self._forgetting.start(STAYS)
        self._draw()

    def _draw(self) -> None:
        situation = self._situation
        job = next(iter(situation.under_way), None)
        if job is None and not situation.expecting and self._over is None:
            job = next(iter(situation.resting), None)
        self._job = job
        progress = None if job is None else self._pace.note(job, self._clock())
        if job is None:
            self._pace.rest()
        if job is not None and progress is not None:
            others = [one for one in (*situation.under_way, *situation.resting) if one is not job]
            self._say(self._title(job), self._described(job, progress, others))
        elif situation.expecting:
            self._say(self.tr("Starting…"), "")
        elif self._over is not None:
            self._say(self._title(self._over), self._came_of(self._over))
        self._draw_controls(job, progress)
        self.setVisible(job is not None or situation.expecting or self._over is not None)

    def _draw_controls(self, job: Job | None, progress: Progress | None) -> None:
        under_way = job is not None and job.state in (JobState.RUNNING, JobState.QUEUED)
        if progress is None or (progress.found == 0 and under_way):
            self.bar.setRange(0, 0)  # busy, no telling how long
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * progress.share))
        self.bar.setVisible(job is not None or self._situation.expecting)
        self.pause.setVisible(under_way)
        self.resume.setVisible(job is not None and not under_way)
        self.cancel.setVisible(job is not None)
        shown = job or self._over
        failed = 0 if shown is None else shown.counts.failed
        self.failures.setVisible(failed > 0)
        self.failures.setText(number(failed))

    def _say(self, what: str, how: str) -> None:
        self.what.setText(what)
        self.how.setText(how)
        self.setAccessibleName(what)
        self.setAccessibleDescription(how)

    # ---- words

    def _title(self, job: Job) -> str:
        if not job.paths:
            return self.tr("What is lacking")
        path = job.paths[0]
        name = self.tr("Texts") if path.startswith(DATA) else os.path.basename(path.rstrip("/\\")) or path
        return name if len(job.paths) == 1 else self.tr("{0} and more").format(name)

    def _described(self, job: Job, progress: Progress, others: list[Job]) -> str:
        parts = [self._state(job, progress)]
        if progress.found:
            parts.append(self.tr("{0} of {1}").format(number(progress.done), number(progress.found)))
        if progress.rate is not None:
            parts.append(self.tr("{0}/s").format(rate(progress.rate)))
        if progress.left is not None and job.pending:
            time = self._duration(progress.left)
            parts.append((self.tr("more than {0} left") if progress.listing else self.tr("{0} left")).format(time))
        if job.counts.unchanged:
            parts.append(self.tr("{0} unchanged").format(number(job.counts.unchanged)))
        if others:
            parts.append(counted(len(others), self.tr("{0} more job"), self.tr("{0} more jobs")))
        return " · ".join(part for part in parts if part)

    def _state(self, job: Job, progress: Progress) -> str:
        if job.state is JobState.QUEUED:
            return self.tr("waiting")
        if job.state is JobState.PAUSED:
            return self.tr("paused")
        if job.state is not JobState.RUNNING:
            return job.error or self.tr("interrupted")
        if progress.found == 0:
            return self.tr("looking for files")
        if job.pending == 0 and not progress.listing:
            return self.tr("finishing")
        return self.tr("getting ready") if progress.done == 0 else ""

    def _came_of(self, job: Job) -> str:
        if job.state is JobState.CANCELLED:
            state = self.tr("cancelled")
        else:
            state = job.error or self.tr("done")
        counts = job.counts
        parts = [state, self.tr("{0} added").format(number(counts.added)) if job.paths else ""]
        if counts.duplicates and job.paths:
            parts.append(self.tr("{0} known already").format(number(counts.duplicates)))
        if counts.unchanged:
            parts.append(self.tr("{0} unchanged").format(number(counts.unchanged)))
        return " · ".join(part for part in parts if part)

    def _duration(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("{0} s").format(max(1, round(seconds)))
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.tr("{0} min").format(minutes)
        return self.tr("{0} h {1} min").format(number(minutes // 60), minutes % 60)

    # ---- what the user wants

    def _pause(self) -> None:
        if self._job is not None:
            self.paused.emit(self._job.id)

    def _resume(self) -> None:
        if self._job is not None:
            self.resumed.emit(self._job.id)

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancelled.emit(self._job.id)

    def _forget(self) -> None:
        self._over = None
        self._draw()
