"""The sample photographs are found without importing the packages that hold them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from aptl3.errors import Aptl3Error
from aptl3.media.samples import sample_photographs


def test_they_are_there_and_can_be_opened() -> None:
    paths = sample_photographs()
    names = [os.path.basename(path) for path in paths]
    assert {"astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "china.jpg", "grace_hopper.jpg"} <= set(names)
    assert len(set(names)) == len(names) >= 20
    assert all(os.path.isabs(path) and os.path.isfile(path) for path in paths)


def test_finding_them_imports_nothing() -> None:
    code = "import sys, aptl3.media.samples as s; s.sample_photographs(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"skimage", "sklearn", "matplotlib", "numpy"} & set(run.stdout.split())


@pytest.mark.parametrize("module", ["skimage", "sklearn", "matplotlib"])
def test_a_missing_package_is_told_with_the_extra(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find(name))
    with pytest.raises(Aptl3Error, match=r"aptl3\[demo\]"):
        sample_photographs()
