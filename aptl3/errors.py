"""What the user can mend, apart from what is our bug.

Owns every exception that may cross a layer. ``Aptl3Error`` and its subclasses are for the user: ``str(error)`` is one
line that says what is wrong and what to do, and the command line prints it without a traceback. ``MediaError`` is
about one file and becomes one failure row. Anything else that escapes is a bug and shows its traceback.
"""

from __future__ import annotations

from aptl3.records.failure import Reason


class Aptl3Error(Exception):
    """Something that the user can mend. One line, ending with what to do about it."""


class LibraryMissing(Aptl3Error):
    """The data folder holds no library."""


class LibraryNewer(Aptl3Error):
    """The library was written by a newer aptl3 than this one."""


class LibraryOlder(Aptl3Error):
    """The library was written by an older aptl3, and has to be brought up to date before this one can read it."""


class LibraryBusy(Aptl3Error):
    """Another process holds the library's writer lock."""


class LibraryReadOnly(Aptl3Error):
    """The library may be read, and is not to be written, by this user."""


class LibraryDamaged(Aptl3Error):
    """The catalog or the vectors are damaged in a way that cannot be rebuilt."""


class DiskFull(Aptl3Error):
    """No room is left where the library is kept."""


class BadArgument(Aptl3Error):
    """A path, setting or query that makes no sense as given."""


class ModelUnavailable(Aptl3Error):
    """A model's weights or the engine that runs it are not to be had."""


class ModelMismatch(Aptl3Error):
    """A model does not give what it gave when its vectors were stored; mixing them would spoil the search."""


class ServiceUnavailable(Aptl3Error):
    """The supervisor could not be started or reached."""


class ServiceLost(ServiceUnavailable):
    """The supervisor was there, and ended unexpectedly."""


class ServiceHung(ServiceUnavailable):
    """The supervisor is there, and does not answer."""


def named(kind: str, text: str) -> Aptl3Error:
    """The error of that class, as it was raised in another process; a name that is none of ours gives Aptl3Error."""
    known = {error.__name__: error for error in Aptl3Error.__subclasses__()}
    return known.get(kind, Aptl3Error)(text)


class MediaError(Exception):
    """One file that gives no picture. Costs one failure row; the job goes on."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[MediaError], tuple[Reason, str]]:
        return type(self), (self.reason, str(self))
