"""How fast others embed the same photographs with the same model.

    pip install spdl 'ray[data]'     # into this environment, or into one that sees this one's packages: --python
    python benchmarks/peers.py [--kind small|large] [--python PATH]

Each peer is a program of ``reference/``, in a process of its own: torch's DataLoader as one would write it (float32,
and bfloat16 by autocast with channels last), the same with reduced decoding, SPDL and Ray Data, these in bfloat16 where
the processor has that, else in float32. Where a peer has a choice (threads, decoder), each way is tried on part of the
photographs first, and the fastest takes part.
Peers only embed; aptl3 also hashes, makes thumbnails and stores all of it durably. Rates are without start-up.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: then the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import harness, jobs
from benchmarks.files import KINDS
from benchmarks.harness import Figure, interleaved, ratio
from benchmarks.machine import describe
from benchmarks.photos import make

REFERENCE = Path(__file__).parent / "reference"
ROUNDS = 5
OURS = "aptl3"
_DEADLINE = 600.0  # seconds for one run of a peer
_FASTEST = "bf16" if describe()["bfloat16"] else "f32"  # a processor that only imitates bfloat16 is slower with it


@dataclass(frozen=True)
class Peer:
    """A program of ``reference/`` and the ways in which it may be called. ``needs``: the package that it takes."""

    program: str
    ways: tuple[str, ...] = ("",)
    needs: str = "torch"
    share: int = 4  # it reads one photograph of so many: its rate is without start-up, and it is slow


PEERS = {
    "DataLoader float32": Peer("baseline.py", share=8),
    "DataLoader bfloat16": Peer("by_dataloader.py", ("--precision bf16",)),
    "DataLoader, tuned": Peer(
        "by_dataloader.py",
        tuple(
            f"--precision {_FASTEST} --draft --workers {w} --threads {t}" for w, t in ((1, 1), (1, 2), (2, 1), (2, 2))
        ),
    ),
    "SPDL": Peer(
        "by_spdl.py",
        tuple(
            f"--precision {_FASTEST} --decoder {decoder} --workers {w} --threads {t}"
            for decoder in ("spdl", "cv2")
            for w, t in ((2, 1), (2, 2))
        ),
        "spdl",
        2,
    ),
    "Ray Data": Peer(
        "by_ray.py",
        (
            f"--precision {_FASTEST} --workers 2 --threads 1",
            f"--precision {_FASTEST} --workers 1 --threads 2 --share 0.5",
            f"--precision {_FASTEST} --workers 1 --threads 1 --share 0.5",
        ),
        "ray",
        2,
    ),
    "sentence-transformers": Peer("by_sentences.py", needs="sentence_transformers", share=4),
}
PICTURES = tuple(name for name in PEERS if name != "sentence-transformers")


class PeerFailed(RuntimeError):
    """A peer's program ended with an error; its last lines."""


def rate(peer: Peer, way: str, folder: Path, limit: int, python: str = sys.executable) -> float:
    """Images/s on the first ``limit`` photographs of ``folder``, without start-up. PeerFailed."""
    call = [python, str(REFERENCE / peer.program), str(folder), "--limit", str(limit), *way.split()]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=_DEADLINE)
    except subprocess.TimeoutExpired as error:
        raise PeerFailed(f"no end after {_DEADLINE:.0f} s") from error
    if done.returncode:
        raise PeerFailed("\n".join(done.stderr.splitlines()[-3:]))
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return float(answer["per_second"])


def installed(peer: Peer, python: str = sys.executable) -> bool:
    """Whether that Python has what the peer takes."""
    search = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({peer.needs!r}) is None)"
    return subprocess.run([python, "-c", search]).returncode == 0


def fastest(peer: Peer, folder: Path, limit: int, python: str = sys.executable) -> str | None:
    """The way that gives the highest rate, tried once each; None where none works, and why is told."""
    if len(peer.ways) == 1:
        return peer.ways[0]
    rates: dict[str, float] = {}
    for way in peer.ways:
        try:
            rates[way] = rate(peer, way, folder, limit, python)
        except PeerFailed as error:
            print(f"{peer.program} {way}: {error}", file=sys.stderr)
    return max(rates, key=lambda way: rates[way]) if rates else None


def choose(
    names: Sequence[str], folder: Path, count: int, python: str = sys.executable, *, tune: bool = True
) -> dict[str, str]:
    """By name, the way in which each peer that is installed takes part."""
    chosen = {}
    for name in names:
        peer = PEERS[name]
        if not installed(peer, python):
            print(f"{name} is left out: say pip install spdl 'ray[data]'", file=sys.stderr)
            continue
        way = fastest(peer, folder, part(count, 4 * peer.share), python) if tune else peer.ways[-1]
        if way is not None:
            chosen[name] = way
    return chosen


def part(count: int, share: int) -> int:
    """How many of ``count`` photographs: one of ``share``, and three batches of 32 at the least."""
    return min(count, max(96, count // share))


def picture(axes: Any, figures: Mapping[str, Figure], kind: str) -> None:
    harness.bars(axes, figures, f"EfficientNet-Lite0 over {kind} photographs, without start-up")


def main(argv: Sequence[str] | None = None) -> None:
    parser = harness.parser(__doc__, ROUNDS)
    parser.add_argument("--kind", choices=("small", "large"), default="small")
    parser.add_argument("--count", type=int, help="of photographs")
    parser.add_argument("--only", action="append", choices=PICTURES, help="as often as wanted")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers' packages")
    options = harness.parse(parser, argv, count=4)
    count = options.count or KINDS[options.kind].count
    machine = describe()
    with tempfile.TemporaryDirectory(prefix="aptl3-peers-") as work:
        place = Path(work)
        KINDS[options.kind].make(place / "files", count, 0)
        make(place / "warm-up", 16, seed=987_654)
        chosen = choose(options.only or PICTURES, place / "files", count, options.python, tune=not options.tiny)
        numbers = iter(range(1000))
        ways = {OURS: lambda: jobs.warm(place / f"library-{next(numbers)}", place / "warm-up", place / "files").rate}
        for name, way in chosen.items():
            ways[name] = lambda peer=PEERS[name], way=way: rate(  # type: ignore[misc]
                peer, way, place / "files", part(count, peer.share), options.python
            )
        rates = interleaved(ways, options.rounds)
    figures = {name: Figure.of(values, "images/s") for name, values in rates.items()}
    rows = [
        (name, figure, figure.spread, ratio(rates[OURS], rates[name]), did(name), chosen.get(name, ""))
        for name, figure in figures.items()
    ]
    print(f"{count} {options.kind} photographs; {harness.headline(machine)}\n")
    print(harness.table(("", "images/s", "spread", "aptl3 is × faster", "products", "called with"), rows))
    document = {"kind": options.kind, "count": count, "rates": figures, "ways": chosen}
    harness.keep(options.out, f"peers-{options.kind}", document, lambda axes: picture(axes, figures, options.kind))


def did(name: str) -> str:
    return "vectors, thumbnails, hashes, stored" if name == OURS else "vectors"


if __name__ == "__main__":
    main()
