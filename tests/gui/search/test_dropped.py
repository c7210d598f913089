from __future__ import annotations

from PyQt5.QtCore import QMimeData, QUrl
from PyQt5.QtGui import QImage

from aptl3.gui.search.dropped import MOST, Offer, offered, offers


def urls(*texts: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(text) for text in texts])
    return data


def image() -> QImage:
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(0)
    return image


def test_files_of_pictures_and_texts() -> None:
    data = urls("file:///a%20b/c.JPG", "file:///notes.txt", "file:///program.exe", "file:///folder")
    assert offers(data)
    assert offered(data) == Offer(["/a b/c.JPG", "/notes.txt"])


def test_folders_and_words_are_left_to_others() -> None:
    words = QMimeData()
    words.setText("a red bus")
    for data in (urls("file:///folder"), words, QMimeData(), None):
        assert not offers(data)
        assert offered(data) is None


def test_a_picture_from_a_browser() -> None:
    data = urls("https://example.org/a.jpg?size=large")
    assert offered(data) == Offer(["https://example.org/a.jpg?size=large"])
    data.setImageData(image())
    found = offered(data)
    assert offers(data) and found is not None
    assert found.places == [] and found.image is not None and found.image.width() == 4


def test_words_of_which_there_is_a_picture_are_words() -> None:
    data = QMimeData()
    data.setText("from an office program")
    data.setImageData(image())
    assert not offers(data)
    assert offered(data) is None


def test_not_more_than_can_be_asked_for() -> None:
    found = offered(urls(*(f"file:///{number}.jpg" for number in range(99))))
    assert found is not None and len(found.places) == MOST
