"""A bar on standard error for work that tells which share of its way is behind."""

from __future__ import annotations


class Bar:
    """Nothing is shown when quiet, or where standard error is no terminal. A context manager, told a share (0 to 1)
    and a text."""

    def __init__(self, verbosity: int) -> None:
        from tqdm import tqdm

        layout = "{percentage:3.0f}%|{bar:20}| [{elapsed}] {desc}"
        self._bar = tqdm(total=1.0, disable=True if verbosity < 0 else None, dynamic_ncols=True, bar_format=layout)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, share: float, what: str) -> None:
        self._bar.set_description_str(what, refresh=False)
        self._bar.update(share - self._bar.n)
