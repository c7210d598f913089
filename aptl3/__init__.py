"""aptl3: search your own photographs by words and by example, privately, on your own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Library", "__version__"]

if TYPE_CHECKING:
    from aptl3.library import Library


def __getattr__(name: str) -> object:
    """``Library`` is imported when it is asked for: a process of the pipeline has no use for it."""
    if name == "Library":
        from aptl3.library import Library

        return Library
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
