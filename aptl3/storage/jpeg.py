"""The size that a JPEG's header states, without decoding it: enough to tell a thumbnail from damaged bytes."""

from __future__ import annotations

_END = b"\xff\xd9"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start-of-frame markers; ITU-T T.81, table B.1


def size(data: bytes) -> tuple[int, int] | None:
    """(width, height), or None when these are not the bytes of a whole JPEG."""
    if not data.startswith(b"\xff\xd8") or not data.endswith(_END):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            height, width = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (5, 7))
            return width, height
        at += 2 + length
    return None
