"""What commands share: options, and how answers are printed."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from aptl3.config import data_dir
from aptl3.errors import BadArgument
from aptl3.records.media import DATA, place

_F = TypeVar("_F", bound=Callable[..., Any])


def with_library(function: _F) -> _F:
    """Adds ``-d/--data-dir``; the command gets ``root``, the library's folder."""
    return click.option(
        "-d",
        "--data-dir",
        "root",
        callback=lambda _ctx, _parameter, value: data_dir(value),
        help="Where the library lies [default: APTL3_DATA_DIR, else your user data folder].",
    )(function)


def with_root(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the argument ROOT, "" for what ``with_library`` gives; the command gets ``root``, too. For the commands that
    had it before there was ``-d``."""

    @functools.wraps(function)
    def with_chosen(*arguments: Any, where: str, root: Path, **options: Any) -> Any:
        return function(*arguments, root=data_dir(where) if where else root, **options)

    return click.argument("where", metavar="ROOT")(with_library(with_chosen))


def with_json(function: _F) -> _F:
    """Adds ``--json``; the command gets ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(function)


def with_verbosity(function: _F) -> _F:
    """Adds ``-v`` and ``-q``; the command gets ``verbosity``: -1 quiet, 0, 1 verbose."""
    quiet = click.option("-q", "--quiet", "verbosity", flag_value=-1, type=int, help="No progress.")
    verbose = click.option("-v", "--verbose", "verbosity", flag_value=1, type=int, default=0, help="Say more.")
    return quiet(verbose(function))


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2))


def shown(path: str | None) -> str:
    """A path as a terminal can show it, on one line: what cannot be printed is escaped, as Python does."""
    if path is None:
        return "(no longer there)"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in path)


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
    """Columns of text, numbers to the right."""
    lines = [tuple(header), *map(tuple, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    numeric = [all(_is_number(row[column]) for row in rows) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def absolute(paths: Sequence[str]) -> list[str]:
    """Absolute paths, or ``data:,`` places, without those that lie under another of them, in order."""
    if "" in paths:
        raise BadArgument("One of the paths is empty: is a variable not set?")
    given = dict.fromkeys(place(path) for path in paths)
    return [path for path in given if path.startswith(DATA) or not any(one in given for one in _parents(path))]


def _parents(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) != path:
        path = parent
        yield path


@contextlib.contextmanager
def written(out: Path) -> Iterator[None]:
    """What cannot be written to the folder that ``--out`` names is the user's to mend."""
    try:
        yield
    except OSError as error:
        raise BadArgument(f"{shown(str(out))} cannot be written ({error.strerror}): choose another --out.") from error


def show_root(root: Path) -> str:
    return shown(os.fspath(root))
