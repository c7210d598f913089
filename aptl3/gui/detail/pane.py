"""All about the media item that is looked at, beside the grid."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QMouseEvent, QResizeEvent
from PyQt5.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from aptl3.gui.controls import describe, label, scroll_area, tool_button
from aptl3.gui.detail.facts import breakable, facts, title
from aptl3.gui.detail.picture import PictureView
from aptl3.gui.detail.strip import Strip
from aptl3.gui.detail.subject import Subject
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.notice import Notice
from aptl3.gui.viewing import Viewer
from aptl3.records.browsing import Details
from aptl3.records.store import Location

WIDTH = 300  # points at first
_LEAST = 220
_TALL = 1.2  # times as high as wide is the picture at most
_PLACES = 20  # of them; a file may have been copied a thousand times


class DetailPane(QStackedWidget):
    """Signals:

    - ``looked(int)``: a quick look at the picture is wanted
    - ``went(int)``: to this media item
    - ``shown_in_folder(str)``: this path
    """

    looked = pyqtSignal(int)
    went = pyqtSignal(int)
    shown_in_folder = pyqtSignal(str)

    def __init__(self, subject: Subject, thumbnails: Thumbnails, viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject, self._thumbnails = subject, thumbnails
        self.setMinimumWidth(_LEAST)
        self.setAccessibleName(self.tr("Details"))
        nothing = Notice("detail", self.tr("Details"), self.tr("Choose a picture to read about it."))
        nothing.setObjectName("Aside")
        self.picture = PictureView(viewer, "pane")
        self.picture.setCursor(Qt.CursorShape.PointingHandCursor)
        describe(self.picture, self.tr("A quick look"), "Space")
        self._title, self._words = _text("title"), _text()
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._problem = _text("bad")
        self._facts = QGridLayout()
        self.places = _Section(self.tr("Where it lies"))
        self.captions = _Section(self.tr("Captions"))
        self.describes = _Section(self.tr("Describes"))
        self.near = _Section(self.tr("Near to"))
        self.models = _Section(self.tr("Known to"))
        self.near_strip, self.described_strip = Strip(thumbnails), Strip(thumbnails)
        self._put_together(nothing)
        self._connect()

    def _put_together(self, nothing: QWidget) -> None:
        inside = QWidget()
        inside.setObjectName("Aside")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addWidget(self.picture)
        for one in (self._problem, self._title, self._words):
            column.addWidget(one)
        self._facts.setHorizontalSpacing(10)
        self._facts.setVerticalSpacing(4)
        self._facts.setColumnStretch(1, 1)
        column.addLayout(self._facts)
        self.describes.put(self.described_strip)
        self.near.put(self.near_strip)
        for section in (self.describes, self.near, self.captions, self.places, self.models):
            column.addWidget(section)
        self.near.hide()
        column.addStretch(1)
        self._area = scroll_area(inside, sideways=False)
        self.addWidget(nothing)
        self.addWidget(self._area)

    def _connect(self) -> None:
        subject = self._subject
        subject.turned.connect(self._turned)
        subject.known.connect(self._known)
        subject.near.connect(self._near)
        self._thumbnails.arrived.connect(self._arrived)
        self.picture.unread.connect(self._unread)
        self.picture.installEventFilter(self)
        for strip in (self.near_strip, self.described_strip):
            strip.chosen.connect(self.went)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 600)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._subject.surroundings = True

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        self._subject.surroundings = False

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self.picture and isinstance(event, QMouseEvent):
            released = event.type() == QMouseEvent.Type.MouseButtonRelease
            if released and event.button() == Qt.MouseButton.LeftButton and self._subject.media is not None:
                self.looked.emit(self._subject.media)
        return False

    # What is shown

    def _turned(self) -> None:
        """Another one: what is at hand of it at once, the rest when it is read."""
        media = self._subject.media
        if media is None:
            self.setCurrentIndex(0)
            return
        face = self._thumbnails.get(media)
        self.picture.show_small(None if face is None else face.image)
        self._problem.hide()
        self.near_strip.blank()
        bar = self._area.verticalScrollBar()
        assert bar is not None
        bar.setValue(0)

    def _arrived(self, media: list[int]) -> None:
        one = self._subject.media
        if one in media and self.picture.image is None:
            face = self._thumbnails.get(one)
            if face is not None and face.image is not None:
                self.picture.show_small(face.image)
                self._look(self._subject.details)

    def _known(self, details: Details | None) -> None:
        if details is None:
            self.setCurrentIndex(0)
            return
        self.setCurrentIndex(1)
        is_text = details.info.modality == "text"
        self.picture.setVisible(not is_text)
        self._look(details)
        self._title.setText(breakable(title(details)))
        self._title.setVisible(not is_text or any(place.path for place in details.places))
        self._words.setText(details.words or "")
        self._words.setVisible(is_text)
        self._fill_facts(facts(details))
        self._fill_places(details.places)
        self.captions.show_texts([words for _, words in details.captions])
        self.describes.setVisible(bool(details.pictures))
        self.described_strip.show_media(details.pictures[:8])
        self.models.show_texts(list(details.models), quiet=True)
        self.setAccessibleDescription(title(details))

    def _look(self, details: Details | None) -> None:
        if details is not None and details.info.modality == "image":
            there = sorted((place.missing, place.path) for place in details.places if place.path)
            made = details.info.picture
            self.picture.show_places([path for _, path in there], QSize(made.width, made.height))
            self._fit()

    def _near(self, media: Sequence[int]) -> None:
        self.near.setVisible(bool(media))
        self.near_strip.show_media(media)

    def _fill_facts(self, found: Sequence[tuple[str, str]]) -> None:
        _empty(self._facts)
        for row, (name, value) in enumerate(found):
            self._facts.addWidget(label(name, "quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(_text(text=value), row, 1)

    def _fill_places(self, places: Sequence[Location]) -> None:
        self.places.clear()
        paths = [place for place in places if place.path]
        self.places.setVisible(bool(paths))
        for place in paths[:_PLACES]:
            self.places.put(self._place(place))
        if len(paths) > _PLACES:
            self.places.put(_text("quiet", self.tr("and {0} more").format(len(paths) - _PLACES)))

    def _place(self, place: Location) -> QWidget:
        path = place.path or ""
        line, row = QWidget(), QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        button = tool_button("folder", self.tr("Show in folder"), do=lambda: self.shown_in_folder.emit(path))
        describe(button, self.tr("Show in folder"), "Ctrl+Shift+E")
        button.setIconSize(QSize(16, 16))
        text = _text("quiet" if place.missing else "", breakable(path))
        row.addWidget(text, 1)
        if place.missing:
            text.setText(breakable(path) + " " + self.tr("(not there when looked for last)"))
        else:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        line.setLayout(row)
        return line

    def _unread(self, why: str) -> None:
        self._problem.setText(breakable(why))
        self._problem.show()

    def _fit(self) -> None:
        """The picture takes the room that it needs."""
        details = self._subject.details
        width = max(1, self.width() - 28 - 14)
        if details is not None and details.info.picture.width:
            made = details.info.picture
            high = width * made.height / made.width
            self.picture.setFixedHeight(round(max(48, min(high, _TALL * width))))


class _Section(QFrame):
    """A headline, and what stands below it; hidden when that is nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(4)
        headline = label(name, "quiet")
        font = headline.font()
        font.setBold(True)
        headline.setFont(font)
        self._column.addWidget(headline)
        self._texts = QVBoxLayout()
        self._texts.setSpacing(4)
        self._column.addLayout(self._texts)

    def put(self, widget: QWidget) -> None:
        self._texts.addWidget(widget)

    def clear(self) -> None:
        _empty(self._texts)

    def show_texts(self, texts: Sequence[str], quiet: bool = False) -> None:
        self.clear()
        for text in texts:
            self.put(_text("quiet" if quiet else "", breakable(text)))
        self.setVisible(bool(texts))


def _text(role: str = "", text: str = "") -> QLabel:
    """Words as wide as there is room."""
    made = label(text, role)
    made.setWordWrap(True)
    policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
