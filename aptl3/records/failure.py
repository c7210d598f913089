"""A file that gave no picture, and the class of reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(str, Enum):
    """Classes of failure, as stored and as printed. Values are stable: they stand in libraries on disk."""

    EMPTY = "empty"  # no bytes
    TRUNCATED = "truncated"  # the file ends before its picture does
    CORRUPT = "corrupt"  # the decoder refuses the bytes
    UNSUPPORTED = "unsupported"  # no known format
    TOO_LARGE = "too-large"  # more pixels or bytes than the limits allow
    UNREADABLE = "unreadable"  # permissions, input/output errors, symbolic-link loops
    NOT_A_FILE = "not-a-file"  # a pipe, socket or device under a media file's name
    VANISHED = "vanished"  # gone between listing and reading
    CHANGED = "changed"  # written to while it was read
    CRASH = "crash"  # kills the process that works on it
    TIMEOUT = "timeout"  # took longer than its deadline
    MODEL = "model"  # the model gave no usable vector


@dataclass(frozen=True)
class Failure:
    """One failure row. ``url`` is the location, ``attempts`` counts the tries since the file last changed."""

    url: str
    stage: str
    reason: Reason
    error: str
    attempts: int
