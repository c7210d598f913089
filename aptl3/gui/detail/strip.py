"""Small pictures in rows, each a button: what something is near to, what it describes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QIcon, QPixmap, QResizeEvent
from PyQt5.QtWidgets import QSizePolicy, QToolButton, QWidget

from aptl3.gui.controls import describe
from aptl3.gui.grid.face import Face
from aptl3.gui.grid.thumbnails import Thumbnails
from aptl3.gui.icons import icon

COLUMNS = 4
_GAP = 4
_FRAME = 3  # of the button, around the picture
_MOST = 96  # points


class Strip(QWidget):
    """As wide as there is room, in rows of ``COLUMNS``.

    Signals: ``chosen(int)``: one of them was pressed.
    """

    chosen = pyqtSignal(int)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._buttons: dict[int, QToolButton] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        thumbnails.arrived.connect(self._come)

    @property
    def media(self) -> list[int]:
        return list(self._buttons)

    def show_media(self, media: Sequence[int]) -> None:
        if list(media) == self.media:
            return
        for button in self._buttons.values():
            button.hide()
            button.deleteLater()
        self._buttons = {one: self._button(one) for one in media}
        self._lay_out()
        for one, button in self._buttons.items():
            button.show()
            self._thumbnails.ask(one)
        self._come(self.media)

    def blank(self) -> None:
        """Others come soon: these go, and their room is kept, so that nothing below jumps."""
        height = self.height()
        self.show_media([])
        self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is None or event.size().width() != event.oldSize().width():
            self._lay_out()
            self._come(self.media)

    @property
    def _edge(self) -> int:
        return max(24, min(_MOST, (self.width() - _GAP * (COLUMNS - 1)) // COLUMNS))

    def _lay_out(self) -> None:
        edge = self._edge
        for number, button in enumerate(self._buttons.values()):
            row, column = divmod(number, COLUMNS)
            button.setGeometry(column * (edge + _GAP), row * (edge + _GAP), edge, edge)
            button.setIconSize(QSize(edge - 2 * _FRAME, edge - 2 * _FRAME))
        rows = -(-len(self._buttons) // COLUMNS)
        self.setFixedHeight(max(1, rows * (edge + _GAP) - _GAP))

    def _button(self, media: int) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("Small")
        button.setIcon(icon("picture", "border"))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        describe(button, self.tr("Go to this one"), "Space")
        button.clicked.connect(partial(self._choose, media))
        return button

    def _choose(self, media: int, _checked: bool = False) -> None:
        self.chosen.emit(media)

    def _come(self, media: list[int]) -> None:
        for one in media:
            button, face = self._buttons.get(one), self._thumbnails.get(one)
            if button is not None and face is not None:
                button.setIcon(self._icon(face))
                words = " ".join((face.words or "").split())
                describe(button, face.name or words[:200] or self.tr("Go to this one"), "Space")

    def _icon(self, face: Face) -> QIcon:
        if face.words is not None or face.image is None:
            return icon("broken" if face.words is None else "text", "border")
        ratio = self.devicePixelRatioF()
        side = round((self._edge - 2 * _FRAME) * ratio)
        mode = Qt.AspectRatioMode.KeepAspectRatioByExpanding
        image = face.image.scaled(side, side, mode, Qt.TransformationMode.SmoothTransformation)
        image = image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        return QIcon(pixmap)
