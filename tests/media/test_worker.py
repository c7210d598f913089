"""A prepared process decodes on one thread and asks the system for no memory that it had already."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = """
import json, resource, sys
from aptl3.media.worker import prepare
if sys.argv[1] == "prepared":
    prepare()
import cv2
from aptl3.media.picture import decode
from aptl3.records.model import PictureInput
from tests.bad_input import encoded, photograph
data = encoded(photograph(1, (500, 375)), "JPEG")
faults = []
for _ in range(25):
    decode(data, [PictureInput(224, 0.875)], 300)
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
loaded = [name for name in ("torch", "openvino", "matplotlib", "skimage") if name in sys.modules]
print(json.dumps({"threads": cv2.getNumThreads(), "faults": (faults[-1] - faults[4]) / 20, "loaded": loaded}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator that needs it is glibc's")
def test_a_prepared_process_keeps_its_memory() -> None:
    def run(how: str) -> dict[str, object]:
        out = subprocess.run([sys.executable, "-c", CODE, how], capture_output=True, text=True, check=True).stdout
        found: dict[str, object] = json.loads(out)
        return found

    prepared = run("prepared")
    assert prepared["threads"] == 1
    assert prepared["loaded"] == []
    assert isinstance(faults := prepared["faults"], float)
    assert faults < 20  # pages of 4 KiB for one picture; some 400 without
