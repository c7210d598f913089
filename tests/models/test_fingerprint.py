from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from aptl3.models import fingerprint as subject
from aptl3.models.fingerprint import digest, fingerprint
from aptl3.records.model import ModelSpec, PictureInput

SPEC = ModelSpec("m", "1", "image", 4, "m", PictureInput(32, 0.9), "MIT", "here")


@dataclass
class FileSource:
    spec: ModelSpec
    path: Path

    def files(self) -> list[Path]:
        return [self.path]

    def graph(self) -> Any:
        return None


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(b"0123456789")
    return path


def test_it_covers_weights_version_and_preprocessing(weights: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    specs = [SPEC, replace(SPEC, version="2"), replace(SPEC, input=PictureInput(32, 0.8)), replace(SPEC, dim=5)]
    prints = [fingerprint(FileSource(spec, weights), cache) for spec in specs]
    weights.write_bytes(b"0123456780")
    os.utime(weights, ns=(1, 1))
    prints.append(fingerprint(FileSource(SPEC, weights), cache))
    assert len(set(prints)) == len(prints)
    assert all(len(one) == 32 for one in prints)
    assert fingerprint(FileSource(replace(SPEC, licence="other", source="there"), weights), cache) == prints[-1]


def test_weights_are_hashed_once(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint(FileSource(SPEC, weights), tmp_path / "cache")
    read: list[Path] = []
    monkeypatch.setattr(subject, "digest", lambda path: read.append(path) or "0")
    assert fingerprint(FileSource(SPEC, weights), tmp_path / "cache") == first
    assert read == []
    os.utime(weights, ns=(1, 1))
    fingerprint(FileSource(SPEC, weights), tmp_path / "cache")
    assert read == [weights]


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"a": 1}', b'{"a": [1]}'])
def test_a_damaged_memory_is_no_memory(weights: Path, tmp_path: Path, damage: bytes) -> None:
    source = FileSource(SPEC, weights)
    first = fingerprint(source, tmp_path / "cache")
    (remembered,) = (tmp_path / "cache").rglob("digests.json")
    remembered.write_bytes(damage)
    assert fingerprint(source, tmp_path / "cache") == first


def test_it_works_where_nothing_can_be_written(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert fingerprint(FileSource(SPEC, weights), tmp_path / "file") == fingerprint(FileSource(SPEC, weights), tmp_path)


def test_digest_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert digest(tmp_path / "empty") == "99aa06d3014798d86001c324468d497f"  # xxh3-128 of no bytes
