"""The archive in which COCO's annotations of a year come.

Guarantees: only caption files are taken out, to their own names in one folder, whole or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
import zlib
from pathlib import Path

from aptl3.errors import BadArgument
from aptl3.storage.files import translated

_CAPTIONS = re.compile(r"captions_\w+\.json")
_LARGEST = 4 << 30  # bytes, unpacked; that of train2017 has 92 MB


def unpack(archive: Path, folder: Path) -> None:
    """Takes the caption files out and removes the archive: 241 MB, of which they are the smaller part.

    Raises:
        BadArgument: it is broken; it is removed, too.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                if _CAPTIONS.fullmatch(os.path.basename(member.filename)) and member.file_size <= _LARGEST:
                    _take(opened, member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        archive.unlink()
        raise BadArgument(f"{archive} came broken ({error}): the same command fetches it again.") from error
    archive.unlink()


def _take(opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / os.path.basename(member.filename)
    part = target.with_name(target.name + ".unpacked")
    with translated(folder), opened.open(member) as source, open(part, "wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    with translated(folder):
        os.replace(part, target)
