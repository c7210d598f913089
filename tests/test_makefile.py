"""What `make` checks before it installs anything, with stand-ins for Python and the compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MAKE = shutil.which("make")
MAKEFILE = Path(__file__).parents[1] / "Makefile"

pytestmark = pytest.mark.skipif(MAKE is None or shutil.which("sh") is None, reason="no make here")


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def said(folder: Path, compiler: str | None, status: int = 0) -> str:
    """What make prints in ``folder`` where ``compiler`` is the only one and ends with ``status``."""
    shutil.copy(MAKEFILE, folder)
    for name in ("setup.cfg", "requirements.txt", "requirements-dev.txt"):
        (folder / name).touch()
    program(folder / "bin" / "python3", 'case "$1" in -m) echo "makes $3";; esac')
    program(folder / "bin" / "touch", ": >$1")
    program(folder / ".venv" / "bin" / "python", "exit 0")
    if compiler is not None:
        program(folder / "bin" / compiler, f"exit {status}")
    assert MAKE is not None
    done = subprocess.run(
        [MAKE, ".venv/.ready"], cwd=folder, env={"PATH": str(folder / "bin")}, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("compiler", ["c++", "g++", "clang++"])
def test_any_compiler_will_do(tmp_path: Path, compiler: str) -> None:
    assert "makes .venv" in said(tmp_path, compiler)
    assert (tmp_path / ".venv" / ".ready").exists()


@pytest.mark.parametrize("compiler", ["c++", "g++", "clang++"])
def test_headers_that_the_compiler_does_not_find(tmp_path: Path, compiler: str) -> None:
    output = said(tmp_path, compiler, 1)
    assert "headers are missing" in output
    assert "makes" not in output


def test_no_compiler(tmp_path: Path) -> None:
    output = said(tmp_path, None)
    assert "no C++ compiler was found" in output
    assert "headers" not in output
