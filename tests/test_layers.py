"""Imports point down only, and what is heavy is imported where it is owned, lazily."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import aptl3

ROOT = Path(aptl3.__file__).parent
LAYERS = [
    {"errors", "records", "config", "failpoints"},
    {"actors.runtime", "media", "models", "alignment", "storage"},
    {"actors", "search", "fitting", "coco"},
    {"service", "reader", "library"},
    {"cli", "gui", "__main__"},
]
SIDE_BY_SIDE = {"actors.runtime", "media", "models", "alignment", "storage"}  # never import each other
OWNERS = {
    "torch": "models",
    "torchvision": "models",
    "sentence_transformers": "models",
    "transformers": "models",
    "huggingface_hub": "models",
    "ofa": "models",
    "nncf": "models",
    "openvino": "models",
    "sqlite3": "storage",
    "PyQt5": "gui",
}


def part(module: str) -> str:
    """``aptl3.actors.runtime.frames`` → ``actors.runtime``; the package itself → ``""``."""
    names = module.split(".")[1:]
    return "actors.runtime" if names[:2] == ["actors", "runtime"] else (names[0] if names else "")


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        names = path.relative_to(ROOT.parent).with_suffix("").parts
        yield ".".join(names[:-1] if names[-1] == "__init__" else names), ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Each imported module, and whether it is imported when the importing module is."""
    lazy = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) not in lazy
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", id(node) not in lazy


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_imports_point_down_only() -> None:
    wrong = []
    for module, tree in modules():
        own = part(module)
        for imported, _ in imports(tree):
            other = part(imported) if imported.startswith("aptl3.") else ""
            if not own or not other or other == "__version__" or other == own:
                continue
            sideways = layer(own) == layer(other) and own in SIDE_BY_SIDE
            if layer(other) > layer(own) or sideways:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_the_runtime_is_standard_library_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"aptl3"}
    wrong = []
    for module, tree in modules():
        if part(module) != "actors.runtime":
            continue
        for imported, _ in imports(tree):
            own = imported.startswith(("aptl3.actors.runtime", "aptl3.failpoints"))
            if imported.split(".")[0] not in allowed or (imported.startswith("aptl3.") and not own):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


def test_windows_and_commands_reach_ingestion_through_the_client_only() -> None:
    wrong = [
        f"{module} imports {imported}"
        for module, tree in modules()
        if part(module) in ("cli", "gui")
        for imported, _ in imports(tree)
        if imported.startswith("aptl3.actors")
    ]
    assert wrong == []


def test_heavy_packages_are_imported_by_their_owner_and_lazily() -> None:
    wrong = []
    for module, tree in modules():
        for imported, at_once in imports(tree):
            heavy = imported.split(".")[0]
            if heavy in OWNERS and (part(module) != OWNERS[heavy] or (at_once and heavy not in ("sqlite3", "PyQt5"))):
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


@pytest.mark.parametrize(
    "module",
    [
        "aptl3.cli.status",
        "aptl3.cli.search",
        "aptl3.library",
        "aptl3.service.process",
        "aptl3.actors.pipeline",
        "aptl3.media.picture",
    ],
)
def test_importing_this_costs_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(OWNERS) - {'sqlite3'}!r} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
