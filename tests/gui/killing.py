"""The window is killed at any moment: nothing is damaged, and what it had asked for is done without it.

Again and again a window is opened over one of two libraries, has a folder read and something searched for, and is
killed with SIGKILL at a named moment or at a random one. Each time the supervisor that it started, if it came to that,
must do its job and then end by itself; the library must be sound, and the window open again. In the end every folder is
read once more, so that those count too that no supervisor had heard of, and each library must be that of an undisturbed
run.
A small run is among the tests; the full one is

    python -m tests.gui.killing --kills 30
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

from aptl3 import Library
from aptl3.gui.application import make_application
from aptl3.gui.preferences import Preferences
from aptl3.gui.search.question import Part, Question
from aptl3.gui.theme import Choice, Theme
from aptl3.gui.window import MainWindow
from aptl3.records.job import JobState
from benchmarks.jobs import ended, stop
from tests.killing import contents, environment, process_tree
from tests.photographs import make_photograph

MOMENTS = (
    "shown",  # the window is there
    "asked",  # a folder was given, nobody has been told yet
    "expected",  # the supervisor is being started
    "begun",  # a job is under way
    "half",  # half of it is done
    "searched",  # something is being looked for, models are being opened
    "answered",
    "over",  # the job is done, the supervisor is still there
)
RANDOM = "random"
LATEST = 4.0  # seconds after the first moment, for a random one
CHECKOUT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds for one life, and for what is left of it to end
TILE = 111  # that the window was left with


@dataclass
class Report:
    """What was done, and what is wrong."""

    kills: Counter[str] = field(default_factory=Counter)
    supervisors: int = 0  # that outlived their window
    problems: list[str] = field(default_factory=list)


class Life:
    """One window, from inside: has ``folder`` read, and says which moment has come."""

    def __init__(self, application: QApplication, root: Path, folder: Path, settings: Path) -> None:
        preferences = Preferences(settings)
        if preferences.tile != TILE:
            raise SystemExit("what is remembered was lost")
        self.window = MainWindow(root, preferences, Theme(application, Choice.LIGHT))
        self.folder = folder
        self.told: set[str] = set()
        self.window.service.changed.connect(lambda _: self._look())
        self.window.finding.asking.shown.connect(lambda: self._tell("answered"))

    def begin(self) -> None:
        self.window.show()
        self.window.start()
        self._tell("shown")
        QTimer.singleShot(round(1000 * PATIENCE), self.window.leave)
        QTimer.singleShot(0, self._ask)

    def _ask(self) -> None:
        self.window.service.add([str(self.folder)])
        self._tell("asked")
        QTimer.singleShot(0, lambda: self._tell("expected"))

    def _look(self) -> None:
        situation = self.window.service.situation
        for job in situation.under_way:
            self._tell("begun")
            if job.counts.found and job.pending <= job.counts.found / 2:
                self._search()
        if "begun" in self.told and not situation.under_way and not situation.expecting:
            self._search()  # the job was too quick for half of it to be seen
            self._tell("over")

    def _search(self) -> None:
        self._tell("half")
        if "searched" not in self.told:
            self.window.finding.asking.ask(Question((Part(words="something blue"),)))
            self._tell("searched")

    def _tell(self, moment: str) -> None:
        if moment not in self.told:
            self.told.add(moment)
            sys.stdout.write(f"{moment}\n")
            sys.stdout.flush()


def folders(place: Path, count: int, files: int) -> list[Path]:
    """Folders of distinct photographs, in each a file that is none."""
    found = []
    for number in range(count):
        folder = place / f"{number:03}"
        folder.mkdir(parents=True)
        for one in range(files):
            make_photograph(folder / f"photo {one:03}.jpg", 1000 * number + one)
        (folder / "broken.jpg").write_bytes(b"no photograph %d" % number)
        found.append(folder)
    return found


class Killer:
    """Opens windows over the library ``root`` and kills each at a moment; the next one comes when all is seen to have
    ended that the last one left."""

    def __init__(self, root: Path, settings: Path, chance: random.Random) -> None:
        self.root, self.settings, self.chance = root, settings, chance
        self.report = Report()
        self.last = ""  # the moment of a kill of which the end was not seen yet
        self.left: list[psutil.Process] = []  # by it
        preferences = Preferences(settings)
        preferences.tile = TILE
        preferences.save()

    def kill(self, folder: Path, moment: str) -> None:
        self.see_the_end()
        with environment(QT_QPA_PLATFORM="offscreen"):
            given = map(str, (self.root, folder, self.settings))
            command = [sys.executable, "-m", "tests.gui.killing", "--inside", *given]
            window = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
        assert window.stdout is not None
        with window:
            awaited = f"{'shown' if moment == RANDOM else moment}\n"
            if awaited not in iter(window.stdout.readline, ""):
                self.report.problems.append(f"the window ended before {moment}")
            elif moment == RANDOM:
                with suppress(subprocess.TimeoutExpired):
                    window.wait(self.chance.uniform(0, LATEST))
            window.kill()
        self.report.kills[moment] += 1
        self.last, self.left = moment, self._left()
        self.report.supervisors += bool(self.left)

    def see_the_end(self) -> None:
        """Waits for the supervisor that is left, and looks at what it leaves."""
        if not self.last:
            return
        left = {*self.left, *self._left()}
        problems = [f"process {one.pid} does not end" for one in ended(left, PATIENCE)]
        if (self.root / "library.sqlite3").exists():
            with Library(self.root) as library:
                problems += [f"a job is {job.state.value}" for job in library.jobs() if job.state is not JobState.DONE]
                problems += library.verify()
        self.report.problems += [f"killed at {self.last}: {problem}" for problem in problems]
        self.last = ""

    def _left(self) -> list[psutil.Process]:
        """The supervisor of the library and its workers; it is named in the command line."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            if str(self.root) in (process.info["cmdline"] or ()):
                found += process_tree(process.pid)
        return found


def kill_and_compare(work: Path, moments: Sequence[str], files: int, seed: int) -> Report:
    """The whole test in the folder ``work``: a window for each of ``moments``, with ``files`` photographs each. Two
    libraries take turns: what a window left in one comes to its end while the next one opens over the other."""
    parts = folders(work / "photographs", len(moments), files)
    chance = random.Random(seed)
    killers = [Killer(work / f"killed-{one}", work / f"window-{one}.ini", chance) for one in range(2)]
    for number, (folder, moment) in enumerate(zip(parts, moments, strict=True)):
        killers[number % 2].kill(folder, moment)
    report = Report()
    for one, killer in enumerate(killers):
        killer.see_the_end()
        undisturbed = work / f"undisturbed-{one}"
        for root in (killer.root, undisturbed):
            with Library(root) as library:
                library.ingest(*parts[one::2])
            stop(root)
        expected, found = contents(undisturbed), contents(killer.root)
        report.kills += killer.report.kills
        report.supervisors += killer.report.supervisors
        report.problems += killer.report.problems
        report.problems += [f"missing: {key}" for key in sorted(expected.keys() - found.keys())]
        report.problems += [f"too much: {key}" for key in sorted(found.keys() - expected.keys())]
        report.problems += [
            f"different: {key}" for key in sorted(expected.keys() & found.keys()) if expected[key] != found[key]
        ]
    return report


def live(root: Path, folder: Path, settings: Path) -> None:
    """In the window's own process."""
    application = make_application()
    life = Life(application, root, folder, settings)
    life.begin()
    sys.exit(application.exec())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", type=Path, nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        live(*given.inside)
    chance = random.Random(given.seed)
    moments = [*MOMENTS, *[RANDOM] * max(0, given.kills - len(MOMENTS))][: given.kills]
    chance.shuffle(moments)
    with tempfile.TemporaryDirectory(prefix="aptl3-kill-") as work:
        report = kill_and_compare(Path(work), moments, given.files, given.seed)
    for moment, count in sorted(report.kills.items()):
        sys.stdout.write(f"{moment:10} killed {count}×\n")
    sys.stdout.write(f"{report.supervisors} supervisors did their job and ended by themselves\n")
    sys.stdout.write(
        "\n".join(report.problems) + "\n" if report.problems else "the library is that of an undisturbed run\n"
    )
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
