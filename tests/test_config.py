"""Defaults are a pure function of the machine; worker counts are checked before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from aptl3.config import (
    MIB,
    STAGES,
    Machine,
    default_settings,
    process_environment,
    runtime_dir,
    this_machine,
    with_extractor,
    with_workers,
)
from aptl3.errors import BadArgument

LAPTOP = Machine(cores=2, memory=8 << 30)
GPU_BOX = Machine(cores=16, memory=128 << 30, cuda=True)


@pytest.mark.parametrize("machine", [Machine(1, 1 << 30), LAPTOP, Machine(16, 64 << 30), GPU_BOX])
def test_every_stage_has_workers_and_every_bound_is_positive(machine: Machine) -> None:
    settings = default_settings(machine)
    assert set(settings.workers) == set(STAGES)
    assert min(settings.workers.values()) >= 1
    assert settings.workers["writer"] == 1
    assert settings.open_bytes >= 64 * MIB


def test_a_laptop_gives_all_cores_to_inference_and_a_gpu_gets_many_decoders() -> None:
    assert default_settings(LAPTOP).extractor_threads == 2
    gpu = default_settings(GPU_BOX)
    assert gpu.workers["decoder"] > 8
    assert gpu.batch["extractor"] > default_settings(LAPTOP).batch["extractor"]


def test_worker_counts_are_overridden_and_share_the_threads() -> None:
    settings = with_workers(default_settings(LAPTOP), "decoder=4, extractor=2")
    assert settings.workers["decoder"] == 4
    assert settings.workers["loader"] == default_settings(LAPTOP).workers["loader"]
    assert settings.extractor_threads == 1


def test_larger_batches_have_more_open() -> None:
    default = default_settings(LAPTOP)
    assert with_extractor(default, LAPTOP, 2, 16) == default
    larger = with_extractor(default, LAPTOP, 1, 64)
    assert (larger.extractor_threads, larger.batch["extractor"], larger.batch["decoder"]) == (1, 64, 4)
    assert larger.open_items > default.open_items and larger.open_bytes > default.open_bytes


def test_this_machine_has_a_name() -> None:
    assert this_machine().processor


@pytest.mark.parametrize("text", ["decoder", "decoder=0", "decoder=x", "cook=2", "writer=2", "decoder=-1"])
def test_a_mistake_in_worker_counts_is_one_line(text: str) -> None:
    with pytest.raises(BadArgument) as caught:
        with_workers(default_settings(LAPTOP), text)
    assert "\n" not in str(caught.value)


def test_the_socket_path_is_short_and_of_this_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    first, second = runtime_dir(tmp_path / "a"), runtime_dir(tmp_path / "b")
    assert first != second
    assert len(str(first / "socket").encode()) < 104


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "glibc.malloc.hugetlb=1"),
        ("glibc.malloc.arena_max=1", "glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1"),
        ("glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0"),
    ],
)
def test_large_pages_are_asked_for_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str | None, told: str
) -> None:
    if given is None:
        monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    else:
        monkeypatch.setenv("GLIBC_TUNABLES", given)
    assert process_environment()["GLIBC_TUNABLES"] == told
