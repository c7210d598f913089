"""What the window asks of a real supervisor, and how it learns what that is at."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3 import Library
from aptl3.gui import connection
from aptl3.gui.connection import Situation
from aptl3.gui.service import Service
from aptl3.records.job import Job, JobState
from aptl3.service.client import Client
from aptl3.service.hung import end_hung
from aptl3.storage.store import Store
from tests.conftest import stop
from tests.older import make_older
from tests.photographs import make_folder

LONG = 240_000  # ms: a supervisor has to be started, and models opened; a loaded machine takes its time


@pytest.fixture
def service(qapp: QApplication, root: Path) -> Iterator[Service]:
    """Started; nothing is there yet."""
    service = Service(root)
    service.start()
    yield service
    assert service.stop()
    stop(root)


class Diary:
    """What was told."""

    def __init__(self, service: Service) -> None:
        self.situations: list[Situation] = []
        self.ended: list[Job] = []
        self.lost: list[str] = []
        self.failed: list[str] = []
        self.connected = 0
        service.changed.connect(self.situations.append)
        service.ended.connect(self.ended.append)
        service.lost.connect(self.lost.append)
        service.failed.connect(self.failed.append)
        service.connected.connect(self._connected)

    def _connected(self) -> None:
        self.connected += 1


@pytest.fixture
def diary(service: Service) -> Diary:
    return Diary(service)


def supervisor(root: Path) -> psutil.Process:
    client = Client.running(root)
    assert client is not None
    with client:
        return psutil.Process(client.pid)


def jobs(service: Service) -> list[Job]:
    return list(service.situation.jobs)


def expecting(service: Service) -> bool:
    return service.situation.expecting


def over(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # a child of this process
    except psutil.NoSuchProcess:
        return True


def test_a_folder_is_read_and_its_end_is_told(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, photographs: Path
) -> None:
    service.add([str(photographs)])
    assert expecting(service)
    qtbot.waitUntil(lambda: bool(diary.ended), timeout=LONG)
    [job] = diary.ended
    assert (job.state, job.counts.added, job.paths) == (JobState.DONE, 27, (str(photographs),))
    assert not expecting(service) and jobs(service) == []
    worked = [one for one in diary.situations if one.stages is not None]
    assert worked and set(worked[-1].stages or ()) >= {"loader", "decoder", "extractor", "thumbnailer", "writer"}
    assert worked[-1].workers["writer"] == 1
    assert not (diary.lost or diary.failed)
    process = supervisor(root)
    qtbot.waitUntil(lambda: over(process), timeout=LONG)  # nobody holds it any more


def test_a_job_that_is_over_before_anybody_looks_is_told(
    qtbot: QtBot, service: Service, diary: Diary, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    service.add([str(empty)])
    qtbot.waitUntil(lambda: bool(diary.ended), timeout=LONG)
    assert (diary.ended[0].state, diary.ended[0].counts.found) == (JobState.DONE, 0)


def test_what_is_not_there_is_refused(qtbot: QtBot, service: Service, diary: Diary, tmp_path: Path) -> None:
    service.add([str(tmp_path / "none")])
    qtbot.waitUntil(lambda: bool(diary.failed))
    assert "none is not there" in diary.failed[0]
    qtbot.waitUntil(lambda: not expecting(service))
    assert not Path(tmp_path / "library").exists()


def test_jobs_rest_and_go_on_with_other_workers(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path / "photographs", 200, seed=2)
    service.set_workers("decoder", 2)  # before there is a supervisor
    service.add([str(folder)])
    qtbot.waitUntil(lambda: service.situation.workers.get("decoder") == 2 and any(jobs(service)), timeout=LONG)
    [job] = jobs(service)
    service.pause(job.id)
    qtbot.waitUntil(lambda: [one.state for one in jobs(service)] == [JobState.PAUSED], timeout=LONG)
    service.resume(job.id)
    qtbot.waitUntil(lambda: [one.state for one in jobs(service)] == [JobState.RUNNING], timeout=LONG)
    service.set_workers("loader", 3)
    qtbot.waitUntil(lambda: service.situation.workers["loader"] == 3, timeout=LONG)
    done: list[bool] = []
    service.interrupt([job.id], lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=LONG)
    qtbot.waitUntil(lambda: [one.state for one in jobs(service)] == [JobState.INTERRUPTED], timeout=LONG)
    service.cancel(job.id)
    qtbot.waitUntil(lambda: jobs(service) == [], timeout=LONG)
    with Library(root) as library:
        assert [one.state for one in library.jobs()] == [JobState.CANCELLED]
    assert not (diary.lost or diary.failed)


def test_a_supervisor_that_dies_is_told_and_started_again(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path / "photographs", 120, seed=3)
    service.add([str(folder)])
    qtbot.waitUntil(lambda: service.situation.stages is not None, timeout=LONG)
    supervisor(root).kill()
    qtbot.waitUntil(lambda: bool(diary.lost), timeout=LONG)
    assert diary.lost == ["Reading stopped unexpectedly. All that was read is kept."]
    qtbot.waitUntil(lambda: [one.state for one in jobs(service)] == [JobState.INTERRUPTED], timeout=LONG)
    service.again()
    qtbot.waitUntil(lambda: diary.connected == 1, timeout=LONG)
    qtbot.waitUntil(lambda: bool(diary.ended), timeout=LONG)
    assert diary.ended[0].state is JobState.DONE
    assert len(diary.lost) == 1


def test_a_supervisor_that_hangs_is_told_ended_and_replaced(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "photographs", 120, seed=5)
    service.add([str(folder)])
    qtbot.waitUntil(lambda: service.situation.stages is not None, timeout=LONG)
    hung = supervisor(root)
    hung.suspend()
    with monkeypatch.context() as patch:
        usual = connection.HANG

        def ended(library: Path) -> None:
            """The next one may take its time."""
            patch.setattr(connection, "HANG", usual)
            end_hung(library)

        patch.setattr(connection, "end_hung", ended)
        patch.setattr(connection, "HANG", 0.2)
        patch.setattr(connection, "STILL", 0.1)
        qtbot.waitUntil(lambda: bool(diary.lost), timeout=LONG)
        assert "hangs" in diary.lost[0] and len(service.situation.under_way) == 1
        service.again()
        qtbot.waitUntil(lambda: over(hung), timeout=LONG)
    qtbot.waitUntil(lambda: [one.state for one in diary.ended] == [JobState.DONE], timeout=LONG)
    assert diary.connected == 1 and not diary.failed
    assert (diary.ended[0].counts.found, diary.ended[0].pending) == (120, 0)


def test_a_library_of_an_older_aptl3_is_brought_up_to_date(
    qtbot: QtBot, service: Service, diary: Diary, root: Path
) -> None:
    make_older(root)
    done: list[bool] = []
    service.update(lambda: done.append(True))
    qtbot.waitUntil(lambda: bool(done), timeout=LONG)
    Store.open(root).close()
    assert not (diary.lost or diary.failed)


def test_what_somebody_else_began_is_followed(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, photographs: Path
) -> None:
    qtbot.waitUntil(lambda: service.situation.newest == 0)
    with Library(root) as library:
        number = library.submit(photographs)
    qtbot.waitUntil(lambda: [one.id for one in diary.ended] == [number], timeout=LONG)


def test_what_somebody_else_began_and_ended_between_two_looks_is_told(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, photographs: Path
) -> None:
    qtbot.waitUntil(lambda: service.situation.newest == 0)
    with Library(root) as library:
        number = library.submit(photographs)
        deadline = time.monotonic() + LONG / 1000
        while not library.jobs()[-1].state.over:  # no answer arrives here meanwhile
            assert time.monotonic() < deadline
            time.sleep(0.1)
    qtbot.waitUntil(lambda: bool(diary.ended), timeout=LONG)
    assert [one.id for one in diary.ended] == [number]
    assert not service.situation.jobs


def test_failures_are_tried_again_and_forgotten(
    qtbot: QtBot, service: Service, diary: Diary, root: Path, tmp_path: Path
) -> None:
    folder = make_folder(tmp_path / "photographs", 2, seed=4)
    good = next(folder.rglob("*.jpg"))
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"no picture")
    service.add([str(folder)])
    qtbot.waitUntil(lambda: len(diary.ended) == 1, timeout=LONG)
    with Library(root) as library:
        first, second = library.failures()
        shutil.copy(good, folder / "a.jpg")
        service.retry([first.url])
        qtbot.waitUntil(lambda: len(diary.ended) == 2, timeout=LONG)
        assert [one.url for one in library.failures()] == [second.url]
        service.forget(None)
        qtbot.waitUntil(lambda: library.failures() == [], timeout=LONG)
    service.retry(None)  # there is nothing
    assert expecting(service)
    qtbot.waitUntil(lambda: not expecting(service), timeout=LONG)
    assert not (diary.lost or diary.failed)
