"""What is dropped or pasted, as something to search with: files of pictures and texts, a picture, an address of one."""

from __future__ import annotations

from typing import NamedTuple

from PyQt5.QtCore import QMimeData
from PyQt5.QtGui import QImage

from aptl3.media.formats.registry import is_candidate

MOST = 8  # examples at once


class Offer(NamedTuple):
    """``places``: paths and addresses; or one ``image`` that lies nowhere."""

    places: list[str]
    image: QImage | None = None


def offers(data: QMimeData | None) -> bool:
    """Whether there is something to search with besides words. Folders are something to be added, not to search with:
    what a thing is, is told by its name, as a disk would have to be waited for."""
    return data is not None and (bool(_files(data)) or _is_picture(data) or bool(_addresses(data)))


def offered(data: QMimeData | None) -> Offer | None:
    """What there is: files, else the picture itself, else its address, which has to be fetched."""
    if data is None:
        return None
    files = _files(data)
    if not files and _is_picture(data):
        image = QImage(data.imageData())
        if not image.isNull():
            return Offer([], image)
    places = files or _addresses(data)
    return Offer(places) if places else None


def _is_picture(data: QMimeData) -> bool:
    """Office programs give a picture of the words that are copied."""
    return data.hasImage() and (data.hasUrls() or not data.hasText())


def _files(data: QMimeData) -> list[str]:
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if is_candidate(path)][:MOST]


def _addresses(data: QMimeData) -> list[str]:
    found = [url for url in data.urls() if url.scheme() in ("http", "https") and is_candidate(url.path())]
    return [bytes(url.toEncoded()).decode() for url in found][:MOST]
