from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.models.families.folders import clip


def run(code: str, home: Path, **more: str) -> str:
    """What ``code`` prints where the hub's cache is in ``home`` and nobody answers."""
    settings = {"HF_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_ETAG_TIMEOUT": "1", **more}
    before = f"from aptl3.models import hub, registry\n{code}"
    found = subprocess.run(
        [sys.executable, "-c", before], capture_output=True, text=True, check=True, env={**os.environ, **settings}
    )
    assert found.stderr == ""
    return found.stdout.strip()


def test_a_model_in_the_hub_s_cache_is_found_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "hub" / "models--sentence-transformers--mine"
    snapshot = folder / "snapshots" / ("1" * 40)
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("1" * 40)
    (snapshot / "config.json").write_text("{}")
    assert run("print(hub.kept('sentence-transformers/mine'))", tmp_path) == str(snapshot)
    assert run("print(hub.kept('sentence-transformers/other'))", tmp_path) == "None"
    assert run("print(*registry.resolve('mine'))", tmp_path) == "sentence-transformers/mine"


def test_a_hub_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    code = (
        "from aptl3.errors import ModelUnavailable\n"
        "from aptl3.models.opening import fetch\n"
        "try:\n    fetch('sentence-transformers/other')\n"
        "except ModelUnavailable as error:\n    print(error)"
    )
    for more in ({}, {"HF_HUB_OFFLINE": "1"}):
        (line,) = run(code, tmp_path, **more).splitlines()
        assert line.startswith("sentence-transformers/other cannot be downloaded (") and "--weights FOLDER" in line


def test_a_download_that_broke_off_is_taken_up_again(tmp_path: Path) -> None:
    """However it broke off, and whoever began it: what is there decides. Without a network it stays to be done."""
    folder = tmp_path / "hub" / "models--sentence-transformers--clip-x"
    snapshot = folder / "snapshots" / ("1" * 40)
    whole = clip(tmp_path / "whole")
    code = (
        "import pathlib, shutil, huggingface_hub\n"
        "from aptl3.errors import ModelUnavailable\n"
        "from aptl3.models.opening import fetch\n"
        f"snapshot = pathlib.Path({str(snapshot)!r})\n"
        "for weights in (False, True):\n"
        "    shutil.rmtree(snapshot, ignore_errors=True)\n"
        "    snapshot.mkdir(parents=True)\n"
        "    (snapshot.parents[1] / 'refs').mkdir(exist_ok=True)\n"
        "    (snapshot.parents[1] / 'refs' / 'main').write_text('1' * 40)\n"
        f"    shutil.copy({str(whole / 'config.json')!r}, snapshot)\n"
        "    if weights:\n"
        f"        shutil.copy({str(whole / 'model.safetensors')!r}, snapshot)\n"
        "    for _ in range(2):\n"
        "        try:\n            fetch('clip-x')\n"
        "        except ModelUnavailable as error:\n            print(error)\n"
        "kept = huggingface_hub.snapshot_download\n"
        "def download(repository, local_files_only=False, **_):\n"
        "    if not local_files_only:\n"
        "        print('downloaded')\n"
        f"        shutil.copytree({str(whole)!r}, snapshot, dirs_exist_ok=True)\n"
        "    return kept(repository, local_files_only=True)\n"
        "huggingface_hub.snapshot_download = download\n"
        "fetch('clip-x'); fetch('clip-x'); fetch('clip-x-text')"
    )
    lines = run(code, tmp_path).splitlines()
    assert len(lines) == 5 and lines[4] == "downloaded"
    assert all("holds no model.safetensors" in line for line in lines[:2])
    assert all("holds no tokenizer.json" in line for line in lines[2:4])
