"""The machine that a benchmark ran on, and the memory that a tree of processes takes."""

from __future__ import annotations

import os
import platform
import threading
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

_PACKAGES = ("aptl3", "numpy", "openvino", "opencv-python-headless", "simplejpeg", "pillow", "torch")


def describe() -> dict[str, Any]:
    """Cores, memory, processor and the versions that matter."""
    name, flags = platform.processor(), ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in lines.items()}
        name, flags = fields.get("model name", name), fields.get("flags", "")
    return {
        "processor": name,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "bfloat16": "avx512_bf16" in flags or "amx_bf16" in flags,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in _PACKAGES},
    }


def pss(pid: int) -> int:
    """Bytes of one process, shared pages divided among those who share them; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


class PeakMemory:
    """Samples the PSS of all processes below this one and of those that ``roots`` name, but not of this one.

    >>> with PeakMemory() as memory: run()     # doctest: +SKIP
    >>> memory.peak                            # bytes
    """

    def __init__(self, every: float = 0.05) -> None:
        self.peak = 0
        self.by_process: dict[str, int] = {}  # at the peak
        self.roots: set[int] = set()
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            sizes = {f"{process.pid}": pss(process.pid) for process in self._processes()}
            total = sum(sizes.values())
            if total > self.peak:
                self.peak, self.by_process = total, sizes

    def _processes(self) -> list[psutil.Process]:
        found: dict[int, psutil.Process] = {}
        for root in (os.getpid(), *self.roots):
            try:
                process = psutil.Process(root)
                family = process.children(recursive=True)
                if root != os.getpid():
                    family.append(process)
            except psutil.NoSuchProcess:
                continue
            found.update({one.pid: one for one in family})
        return list(found.values())
