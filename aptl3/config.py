"""Settings, and the one reader of the environment and of default folders.

``Settings`` holds what can be tuned about an ingestion. ``default_settings`` is a pure function of the machine, so that
its choices for 2 cores and for 16 cores with a GPU are tested without either.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from aptl3.errors import BadArgument

MIB = 1 << 20
STAGES = ("loader", "decoder", "extractor", "thumbnailer", "writer")


@dataclass(frozen=True)
class Machine:
    """What decides the defaults: usable cores, memory in bytes, whether a CUDA device answers; and the processor's
    name, by which settings that were measured are known to belong to this machine."""

    cores: int
    memory: int
    cuda: bool = False
    processor: str = ""


@dataclass(frozen=True)
class Settings:
    """How an ingestion runs. Batches are items a message; ``open_items`` and ``open_bytes`` bound all that is under way
    between the durable queue and the commit. ``cores``: all processes together use no more than so many; None: all."""

    workers: dict[str, int]
    batch: dict[str, int] = field(default_factory=dict)
    extractor_threads: int = 1
    open_items: int = 96
    open_bytes: int = 96 * MIB
    max_file_bytes: int = 512 * MIB
    thumbnail: int = 300  # pixels, the longest side
    deadline: float = 120.0  # seconds that one file may keep one stage busy
    cores: int | None = None


def default_settings(machine: Machine) -> Settings:
    """Defaults for this machine: on a CPU all else is cheap beside inference; a GPU is fed by many decoders."""
    cores = max(1, machine.cores)
    if machine.cuda:
        decoders, extractors, threads, batch = max(1, cores - 3), 1, cores, 64  # threads: should CUDA not answer
    else:
        decoders, extractors, threads, batch = cores, 1, cores, 16  # large photographs keep all cores decoding
    workers = {
        "loader": 1 if cores < 8 else 2,
        "decoder": decoders,
        "extractor": extractors,
        "thumbnailer": 1 if cores < 8 else cores // 8,
        "writer": 1,
    }
    settings = Settings(
        workers, {"loader": 8, "decoder": 4, "extractor": batch, "thumbnailer": 8, "writer": 32}, threads
    )
    return with_extractor(settings, machine, threads, batch)


def with_extractor(settings: Settings, machine: Machine, threads: int, batch: int) -> Settings:
    """``settings`` with so many threads in each extractor, batches of that many items, and as much open as that asks
    for."""
    cores = max(1, machine.cores)
    items = max(96, 8 * cores, 6 * batch * settings.workers["extractor"])
    room = min(max(96 * MIB, items * 2 * MIB), max(64 * MIB, machine.memory // 16))
    batches = {**settings.batch, "extractor": batch}
    return replace(settings, batch=batches, extractor_threads=threads, open_items=items, open_bytes=room)


def with_workers(settings: Settings, text: str) -> Settings:
    """``settings`` with worker counts as in ``decoder=4,extractor=1``; BadArgument says what is wrong with ``text``."""
    workers = {**settings.workers, **parse_workers(text)}
    threads = max(1, settings.extractor_threads * settings.workers["extractor"] // workers["extractor"])
    return replace(settings, workers=workers, extractor_threads=threads)


def parse_workers(text: str) -> dict[str, int]:
    """The counts that ``text`` gives; BadArgument says what is wrong with it."""
    workers: dict[str, int] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        stage, _, number = part.partition("=")
        if stage not in STAGES:
            raise BadArgument(f"There is no stage {stage!r}: use {', '.join(STAGES)}, as in decoder=4,extractor=1.")
        if not number.isdecimal() or not 1 <= int(number) <= 256:
            raise BadArgument(f"{part!r}: give a number of workers from 1 to 256, as in {stage}=2.")
        if stage == "writer" and int(number) != 1:
            raise BadArgument("A library has exactly one writer: leave writer=1 out.")
        workers[stage] = int(number)
    return workers


def this_machine() -> Machine:
    """The machine as this process may use it (its processor affinity counts)."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        cores = os.cpu_count() or 1
    cuda = os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg")
    return Machine(cores=cores, memory=_memory(), cuda=cuda, processor=_processor())


def _memory() -> int:
    """Bytes of the machine's memory."""
    if hasattr(os, "sysconf"):  # importing psutil takes 15 ms, at every start of a supervisor
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.virtual_memory().total)


def _processor() -> str:
    """The first processor's name. Linux has it in a file of which the beginning is enough: all of it takes long to read
    where there are many cores."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file.read(4096).splitlines():
                name, _, value = line.partition(":")
                if name.strip() in ("model name", "Model"):
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Where the library lies: as given, else ``APTL3_DATA_DIR``, else the platform's folder for user data."""
    chosen = given or os.environ.get("APTL3_DATA_DIR")
    if chosen:
        return Path(os.path.abspath(os.path.expanduser(chosen)))
    import platformdirs

    return Path(platformdirs.user_data_path("aptl3", appauthor=False))


def demo_dir() -> Path:
    """Where the demo's own library lies, beside the user's."""
    import platformdirs

    return Path(platformdirs.user_data_path("aptl3-demo", appauthor=False))


def cache_dir() -> Path:
    """Converted models and what the engines cache, shared by all libraries; ``APTL3_CACHE_DIR`` moves it."""
    given = os.environ.get("APTL3_CACHE_DIR")
    if given:
        return Path(os.path.abspath(given))
    import platformdirs

    return Path(platformdirs.user_cache_path("aptl3", appauthor=False))


def config_dir() -> Path:
    """What the window remembers, for all libraries; ``APTL3_CONFIG_DIR`` moves it."""
    given = os.environ.get("APTL3_CONFIG_DIR")
    if given:
        return Path(os.path.abspath(given))
    import platformdirs

    return Path(platformdirs.user_config_path("aptl3", appauthor=False))


def process_environment() -> dict[str, str]:
    """For a process of ours that is to do the work of an ingestion: where the caches are, and that glibc's allocator
    should ask for memory in pages of 2 MB, where the kernel gives them to who asks. That means fewer faults: 2 % more
    photographs a second, for 10 MB. What the user says of it stands, and another C library passes over it."""
    given, name = os.environ.get("GLIBC_TUNABLES", ""), "glibc.malloc.hugetlb"
    told = given if name in given else ":".join(filter(None, (given, f"{name}=1")))
    return {**os.environ, "APTL3_CACHE_DIR": os.fspath(cache_dir()), "GLIBC_TUNABLES": told}


def torch_dir() -> Path:
    """Torch's own cache, where torchvision's weights lie: as torch.hub finds it, without importing that."""
    given = os.environ.get("TORCH_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "torch")
    return Path(os.path.expanduser(given))


def coco_place() -> str | None:
    """The folder or address of COCO that ``APTL3_COCO`` names, in place of COCO's own site."""
    return os.environ.get("APTL3_COCO") or None


def runtime_dir(library: Path) -> Path:
    """The folder of one library's socket and service log: private, and short enough for a socket's path (104 bytes)."""
    name = hashlib.blake2b(os.fsencode(os.path.realpath(library)), digest_size=8).hexdigest()
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and os.path.isabs(given) and len(os.fsencode(given)) < 60 and os.access(given, os.W_OK | os.X_OK):
        return Path(given) / "aptl3" / name
    user = os.getuid() if hasattr(os, "getuid") else os.getlogin()
    return Path(tempfile.gettempdir()) / f"aptl3-{user}" / name
