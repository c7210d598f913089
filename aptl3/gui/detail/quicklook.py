"""A quick look: one media item over the whole window, by Space, with the arrow keys to the next ones."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QObject, QSize, Qt
from PyQt5.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import label, scroll_area, tool_button
from aptl3.gui.detail.facts import breakable, title
from aptl3.gui.detail.picture import PictureView
from aptl3.gui.detail.subject import Subject
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.grid.view import GridView
from aptl3.gui.viewing import Viewer
from aptl3.gui.wording import number
from aptl3.records.browsing import Details

_WIDE = 760  # points of a line of words


class QuickLook(QWidget):
    """Over ``window``; shows what the keyboard is at in the grid. Space, Enter, Esc or a click ends it."""

    def __init__(
        self, window: QWidget, grid: GridView, thumbnails: Thumbnails, subject: Subject, viewer: Viewer
    ) -> None:
        super().__init__(window)
        self._grid, self._thumbnails, self._subject = grid, thumbnails, subject
        self.hide()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("A quick look"))
        self.picture = PictureView(viewer, "look")
        self.words = label()
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = self.words.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.words.setFont(font)
        self.words.setMaximumWidth(_WIDE)
        self.page = scroll_area(_centred(self.words), sideways=False)
        self._name, self._place = label(role="title"), label(role="quiet")
        self._problem = label(role="bad")
        close = tool_button("close", self.tr("End the quick look"), do=self.end)
        close.setToolTip(self.tr("End the quick look (Space)"))
        back = tool_button("back", self.tr("The one before"), do=lambda: grid.go(-1))
        back.setToolTip(self.tr("The one before (Left)"))
        forward = tool_button("forward", self.tr("The next one"), do=lambda: grid.go(1))
        forward.setToolTip(self.tr("The next one (Right)"))
        foot = QHBoxLayout()
        foot.setSpacing(12)
        for widget in (back, forward, self._name, self._place, self._problem):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(close)
        for widget in (back, forward, close):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 12)
        column.setSpacing(12)
        column.addWidget(self.picture, 1)
        column.addWidget(self.page, 1)
        column.addLayout(foot)
        subject.turned.connect(self._turned)
        subject.known.connect(self._known)
        self.picture.unread.connect(self._problem.setText)
        window.installEventFilter(self)

    def begin(self) -> None:
        """At what is looked at already."""
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.setFocus()
        self._turned()
        if self._subject.details is not None:
            self._known(self._subject.details)

    def end(self) -> None:
        self.hide()
        self._grid.setFocus()

    def _turned(self) -> None:
        if not self.isVisible():
            return
        media = self._subject.media
        if media is None:
            self.end()
            return
        face = self._thumbnails.get(media)
        self.picture.show_small(None if face is None else face.image)
        self._problem.setText("")
        place = self._grid.position
        self._place.setText(
            "" if place is None else self.tr("{0} of {1}").format(number(place + 1), number(len(self._grid.media)))
        )

    def _known(self, details: Details | None) -> None:
        if not self.isVisible() or details is None:
            return
        is_text = details.info.modality == "text"
        self.picture.setVisible(not is_text)
        self.page.setVisible(is_text)
        self._name.setVisible(not is_text)
        self.words.setText(breakable(details.words or ""))
        metrics = self._name.fontMetrics()
        self._name.setText(metrics.elidedText(title(details), Qt.TextElideMode.ElideMiddle, self.width() // 2))
        self.setAccessibleDescription(title(details))
        if not is_text:
            made = details.info.picture
            there = sorted((place.missing, place.path) for place in details.places if place.path)
            self.picture.show_places([path for _, path in there], QSize(made.width, made.height))

    # The user

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        key = event.key()
        if key in (Qt.Key.Key_Space, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.end()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_Backspace):
            self._grid.go(-1)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self._grid.go(1)
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self.end()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().page))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if watched is self._window and event is not None and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        return False

    @property
    def _window(self) -> QWidget:
        window = self.parentWidget()
        assert window is not None
        return window


def _centred(words: QLabel) -> QWidget:
    inside = QWidget()
    inside.setObjectName("Page")
    row = QHBoxLayout(inside)
    row.addWidget(words)
    return inside
