from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run(code: str, home: Path, **more: str) -> str:
    """What ``code`` prints where the hub's cache is in ``home`` and nobody answers."""
    places = {"APTL3_CACHE_DIR": str(home / "cache"), "HF_HOME": str(home)}
    settings = {**places, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_ETAG_TIMEOUT": "1", **more}
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
    code = (
        "from pathlib import Path\n"
        "import huggingface_hub\n"
        f"folder = Path({str(tmp_path)!r}) / 'snapshot'\n"
        "begun = []\n"
        "def download(repository, local_files_only=False, **_):\n"
        "    folder.mkdir(exist_ok=True)\n"
        "    if not local_files_only:\n"
        "        begun.append(repository)\n"
        "        if len(begun) == 1:\n"
        "            raise KeyboardInterrupt\n"
        "    return str(folder)\n"
        "huggingface_hub.snapshot_download = download\n"
        "try:\n    hub.fetch('sentence-transformers/mine', 'mine')\n"
        "except KeyboardInterrupt:\n    print(hub.kept('sentence-transformers/mine'))\n"
        "hub.fetch('sentence-transformers/mine', 'mine')\n"
        "print(hub.kept('sentence-transformers/mine') == folder)"
    )
    assert run(code, tmp_path).split() == ["None", "True"]
