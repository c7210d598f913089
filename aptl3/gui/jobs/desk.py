"""All that has to do with jobs, put into a window: commands, the job bar, the first page, drops, the pages of the
pipeline, of failures and of quality, what is asked when the window is closed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QStandardPaths
from PyQt5.QtWidgets import QFileDialog

from aptl3.gui.commands import Command
from aptl3.gui.connection import Situation
from aptl3.gui.failures.page import FailuresPage
from aptl3.gui.jobs.bar import JobBar
from aptl3.gui.jobs.closing import Closing
from aptl3.gui.jobs.dropping import Dropping
from aptl3.gui.jobs.first import FirstStart
from aptl3.gui.pipeline.page import PipelinePage
from aptl3.gui.quality.measuring import Measuring
from aptl3.gui.quality.page import QualityPage
from aptl3.gui.service import Service
from aptl3.records.job import Job

if TYPE_CHECKING:
    from aptl3.gui.window import MainWindow


class Desk(QObject):
    """What ``window`` shows of its ``service``."""

    def __init__(self, window: MainWindow, service: Service) -> None:
        super().__init__(window)
        self._window, self._service = window, service
        self.dialog: QFileDialog | None = None
        window.commands.add(
            [
                Command("add", "file", self.tr("Add a &folder…"), self.ask_folder, ("Ctrl+N",), "add-folder"),
                Command("add-files", "file", self.tr("Add f&iles…"), self.ask_files, ("Ctrl+Shift+N",)),
            ]
        )
        self.first = FirstStart(window.commands["add"])
        window.library.set_first(self.first)
        self.bar = JobBar()
        window.foot.add(self.bar)
        self.pipeline = PipelinePage()
        window.add_page("pipeline", "pipeline", self.tr("&Pipeline"), "Ctrl+2", self.pipeline)
        self.failures = FailuresPage(window.reader)
        window.add_page("failures", "failures", self.tr("&Failures"), "Ctrl+3", self.failures)
        self.measuring = Measuring(service.root, self)
        self.quality = QualityPage(self.measuring)
        window.add_page("quality", "quality", self.tr("&Quality"), "Ctrl+4", self.quality)
        self.dropping = Dropping(window)
        self.closing = Closing(service, window)
        window.before_close.append(self.closing.allows)
        window.closed.connect(self.measuring.stop)  # what is measured is kept, and goes on when somebody asks again
        window.workers.append(service)
        self._wire()

    def ask_folder(self) -> None:
        """Which folder is to be added?"""
        self._ask(self.tr("Add a folder"), QFileDialog.FileMode.Directory)

    def ask_files(self) -> None:
        """Which files are to be added?"""
        self._ask(self.tr("Add files"), QFileDialog.FileMode.ExistingFiles)

    def _ask(self, title: str, mode: QFileDialog.FileMode) -> None:
        dialog = self.dialog = QFileDialog(self._window, title)
        dialog.setFileMode(mode)
        dialog.setDirectory(_photographs())
        if mode == QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, self.tr("Add"))
        dialog.filesSelected.connect(self._service.add)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()  # it is modal, and the interface goes on

    def _wire(self) -> None:
        window, service = self._window, self._service
        service.changed.connect(self._changed)
        service.ended.connect(self._ended)
        service.failed.connect(window.banner.say)
        service.lost.connect(self._lost)
        service.connected.connect(window.banner.hide)
        self.bar.paused.connect(service.pause)
        self.bar.resumed.connect(service.resume)
        self.bar.cancelled.connect(service.cancel)
        self.bar.failures_wanted.connect(lambda: window.show_page("failures"))
        self.pipeline.workers_wanted.connect(service.set_workers)
        self.failures.retry_wanted.connect(service.retry)
        self.failures.forget_wanted.connect(service.forget)
        self.dropping.dropped.connect(service.add)
        window.library.update_wanted.connect(self._update)
        self.closing.decided.connect(self._close)

    def _changed(self, situation: Situation) -> None:
        self.bar.show_situation(situation)
        self.pipeline.show_situation(situation)
        self.first.show_starting(situation.expecting or bool(situation.under_way))

    def _ended(self, job: Job) -> None:
        self.bar.show_end(job)
        if job.error is not None:
            self._window.banner.say(job.error)

    def _update(self) -> None:
        page = self._window.library
        page.show_updating(True)
        self._service.update(lambda: page.show_updating(False))

    def _close(self) -> None:
        self._window.close()

    def _lost(self, why: str) -> None:
        self._window.banner.say(why, self.tr("Start &again"), self._service.again)


def _photographs() -> str:
    """Where most people have theirs; a folder that is not there is none to begin in."""
    places = QStandardPaths.StandardLocation
    found = (QStandardPaths.writableLocation(one) for one in (places.PicturesLocation, places.HomeLocation))
    return next(filter(os.path.isdir, found), "")
