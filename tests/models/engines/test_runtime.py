from __future__ import annotations

import subprocess
import sys

# Opened and closed in this order, each with a Core of its own, they would leave the thread a signal stack that is gone.
TWO_ENGINES = """
import gc, signal
import numpy as np
from aptl3.models.engines.openvino import PictureEngine
from tests.models.engines.test_rounding import network

signal.signal(signal.SIGINT, lambda *_: print("interrupted"))
model = network(np.random.default_rng(0))
first = PictureEngine(model, "f32", 1)
second = PictureEngine(model, "f32", 1)
del first
gc.collect()
del second
gc.collect()
signal.raise_signal(signal.SIGINT)
"""


def test_a_signal_after_two_engines_were_closed_reaches_its_handler() -> None:
    done = subprocess.run([sys.executable, "-c", TWO_ENGINES], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
