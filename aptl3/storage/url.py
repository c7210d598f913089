"""Places as URLs and back: paths as ``file:`` URLs, texts that lie in no file as the ``data:`` URLs that they are.

Guarantees: loss-free for every absolute path, also for names that are not UTF-8 (their bytes are percent-encoded;
``urllib.request.pathname2url`` and ``Path.as_uri`` differ between versions and platforms in just that).
"""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

from aptl3.errors import BadArgument
from aptl3.records.media import DATA


def place_to_url(place: str) -> str:
    """The URL of an absolute path or ``data:,`` place. Raises BadArgument for a relative path."""
    return place if place.startswith(DATA) else path_to_url(place)


def url_to_place(url: str) -> str:
    """The path of a ``file:`` URL, or a ``data:,`` place. Raises BadArgument for any other."""
    return url if url.startswith(DATA) else url_to_path(url)


def path_to_url(path: str) -> str:
    """The URL of an absolute path. Raises BadArgument for a relative one."""
    if not os.path.isabs(path):
        raise BadArgument(f"{path!r} is not an absolute path")
    if os.name != "nt":
        return "file://" + quote_from_bytes(os.fsencode(path))
    slashed = os.fsencode(path.replace("\\", "/"))
    quoted = quote_from_bytes(slashed, safe="/:")
    return "file:" + quoted if slashed.startswith(b"//") else "file:///" + quoted


def url_to_path(url: str) -> str:
    """The path of a ``file:`` URL on this machine. Raises BadArgument for any other."""
    scheme, _, rest = url.partition(":")
    if scheme.lower() != "file":
        raise BadArgument(f"{url!r} is not a file: URL")
    if rest.startswith("//localhost/"):
        rest = "//" + rest[len("//localhost") :]
    if rest.startswith("///"):
        rest = rest[2:]
    elif rest.startswith("//") and os.name != "nt":
        raise BadArgument(f"{url!r} lies on another machine; give a path on this one")
    path = os.fsdecode(unquote_to_bytes(rest))
    if os.name != "nt":
        return path
    if len(path) > 2 and path[0] == "/" and path[2] == ":":
        path = path[1:]
    return path.replace("/", "\\")
