"""Converts a model for OpenVINO, in a process of its own, so that torch's memory goes with it.

``convert`` starts an interpreter that runs ``main`` and waits; the process ends early when whoever started it dies. It
imports from where its starter does, and not from the current directory, where anything may lie.

A picture network that does not come through with the same vectors is left to torch, and that is remembered. For the
others a precision is picked: a lower one if it is faster and its vectors stay within cosine 0.999 on average and 0.99
at worst of float32, on synthetic pictures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import aptl3
from aptl3.errors import Aptl3Error, ModelUnavailable
from aptl3.models.converted import BY_TORCH, NETWORK, Fidelity, install
from aptl3.models.engines.runtime import from_torch, runtime
from aptl3.models.registry import as_ref, source
from aptl3.models.source import PictureSource, TextSource
from aptl3.records.model import ModelRef

if TYPE_CHECKING:
    import numpy as np
    import openvino
    import torch

SAME = 0.9999  # least cosine of a converted network's vectors to those of the network itself
DEADLINE = 900.0  # seconds; 3 to 20 are usual
_REFUSED = 3  # exit status: the last line on stderr is for the user


def convert(ref: ModelRef | str, folder: Path) -> None:
    """Fills ``folder``. ModelUnavailable, in one line, when that cannot be done."""
    name, weights = as_ref(ref)
    command = [sys.executable, "-W", "ignore", "-c", _code(), name, weights or "", str(folder)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        try:
            code = process.wait(DEADLINE)
        except subprocess.TimeoutExpired as error:
            raise ModelUnavailable(f"The model {name} cannot be converted: no end after {DEADLINE:.0f} s.") from error
        finally:
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if code == _REFUSED:
        raise ModelUnavailable(lines[-1])
    if code != 0:
        raise ModelUnavailable(
            f"The model {name} cannot be converted: {lines[-1] if lines else f'it ended with {code}'}"
        )


def _code() -> str:
    """What the interpreter runs. Both -c and -m let it look in the current directory first: its path is replaced before
    anything is imported that could lie there (sys is built in). -P is not there before Python 3.11."""
    path = [entry for entry in sys.path if entry]  # "" is the current directory
    ours = str(Path(aptl3.__file__).parents[1])
    if ours not in path:
        path.insert(0, ours)
    return f"import sys; sys.path[:] = {path!a}; from aptl3.models.conversion import main; main(*sys.argv[1:])"


def run(ref: ModelRef, folder: Path) -> None:
    """The conversion itself, in this process."""
    found = source(ref)
    if isinstance(found, PictureSource):
        install(folder, lambda new: _pictures(found, new))
    else:
        assert isinstance(found, TextSource)
        install(folder, lambda new: _texts(found, new))


def _pictures(found: PictureSource, new: Path) -> Fidelity:
    """Writes the network of a picture model at the best precision that is accepted."""
    from aptl3.models import synthetic
    from aptl3.models.engines.marking import keep_exact
    from aptl3.models.engines.openvino import judge, offered, read
    from aptl3.models.engines.rounding import round_weights

    assert found.spec.input is not None
    size = found.spec.input.size
    network = found.network()
    try:
        exact = from_torch(network, (size, size, 3))
        same = _same(network, exact, synthetic.structured(5, size, seed=3))
    except Exception:  # the front end and the plugin raise whatever they come upon
        same = False
    if not same:
        return Fidelity(BY_TORCH)
    del network
    for precision in offered():
        rounded = exact.clone()
        if precision == "bf16":
            round_weights(rounded, synthetic.structured(32, size, seed=1))
        runtime().save_model(rounded, new / NETWORK, compress_to_fp16=False)
        keep_exact(new / NETWORK)
        verdict = judge(exact, read(new / NETWORK), precision, synthetic.structured(16, size, seed=2))
        if verdict.accepted:
            return Fidelity(precision, verdict.mean, verdict.worst)
    runtime().save_model(exact, new / NETWORK, compress_to_fp16=False)
    return Fidelity("f32")


def _same(network: torch.nn.Module, converted: openvino.Model, pictures: np.ndarray) -> bool:
    """Whether OpenVINO gives what torch gives, for a block of pictures and for a single one: tracing can take the
    number of pictures for a constant."""
    from aptl3.models.engines.openvino import PictureEngine
    from aptl3.models.engines.pytorch import TorchEngine
    from aptl3.models.precision import cosines

    rows = PictureEngine(converted, "f32", 1).run(pictures)
    return cosines(TorchEngine(network, "cpu", half=False).run(pictures), rows)[1] >= SAME


def _texts(found: TextSource, new: Path) -> Fidelity:
    """Queries are short: float32 costs a millisecond more than bfloat16. Weights kept as float16 load in half the time
    and move the vectors by less than 10⁻⁶."""
    runtime().save_model(found.graph(), new / NETWORK, compress_to_fp16=True)
    return Fidelity("f32")


def _end_with_starter() -> None:
    """Our standard input is a pipe that nobody writes to: it ends when the process at its other end does."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(4)

    threading.Thread(target=wait, daemon=True).start()


def main(name: str, weights: str, folder: str) -> NoReturn:
    _end_with_starter()
    warnings.simplefilter("ignore")
    code = 0
    try:
        run(ModelRef(name, weights or None), Path(folder))
    except Aptl3Error as error:
        sys.stderr.write(f"{error}\n")
        code = _REFUSED
    sys.stderr.flush()
    os._exit(code)  # the libraries' own clearing up takes longer than the conversion's last step and frees nothing
