"""A picture as large as there is room: at first its small one, enlarged, then the file, decoded elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import QRectF, QSize, QSizeF, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PyQt5.QtWidgets import QSizePolicy, QWidget

from aptl3.errors import Aptl3Error
from aptl3.gui import theme
from aptl3.gui.icons import picture
from aptl3.gui.viewing import Viewer

_STEP = 256  # pixels: a window that is made larger bit by bit decodes anew at each of these only
_SETTLED = 80  # ms


class PictureView(QWidget):
    """Signals: ``unread(str)``: the file could not be read, in one line; the small picture stays."""

    unread = pyqtSignal(str)

    def __init__(self, viewer: Viewer, name: str, parent: QWidget | None = None) -> None:
        """``name`` tells this view from others."""
        super().__init__(parent)
        self._viewer, self._name = viewer, name
        self._image: QImage | None = None
        self._size = QSize()  # of the picture itself, in pixels
        self._places: tuple[str, ...] = ()
        self._edge = 0  # what was asked for
        self._load = QTimer(self)
        self._load.setSingleShot(True)
        self._load.timeout.connect(self._look)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def image(self) -> QImage | None:
        """What is shown at the moment."""
        return self._image

    def show_small(self, image: QImage | None) -> None:
        """The small picture of what is shown next, if it is at hand."""
        self._viewer.drop(("picture", self._name))
        self._load.stop()
        self._image, self._places, self._edge, self._size = image, (), 0, QSize()
        self.update()

    def show_places(self, places: Sequence[str], size: QSize) -> None:
        """Its file, which lies at one of these places, of ``size`` pixels."""
        self._places, self._size, self._edge = tuple(places), size, 0
        self._load.start(0)
        self.update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if self._places:
            self._load.start(_SETTLED)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        if self._image is None:
            edge = min(48, self.width() // 3)
            sign = picture("picture", theme.current().border, edge, self.devicePixelRatioF())
            painter.drawPixmap((self.width() - edge) // 2, (self.height() - edge) // 2, sign)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target = self.target()
        if self._image.hasAlphaChannel():
            painter.fillRect(target, QColor(theme.current().raised))
        painter.drawImage(target, self._image)

    def target(self) -> QRectF:
        """Where the picture is drawn; it is not enlarged beyond its own pixels."""
        if self._image is None:
            return QRectF()
        whole = QSizeF(self._size if not self._size.isEmpty() else self._image.size())
        fitted = whole.scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
        own = whole / self.devicePixelRatioF()
        if not self._size.isEmpty() and own.width() < fitted.width():
            fitted = own
        target = QRectF(0, 0, max(1.0, fitted.width()), max(1.0, fitted.height()))
        target.moveCenter(QRectF(self.rect()).center())
        return target

    def _look(self) -> None:
        longest = max(self.width(), self.height()) * self.devicePixelRatioF()
        edge = -(-round(longest) // _STEP) * _STEP
        if self._places and self.isVisible() and edge != self._edge:
            self._edge = edge
            self._viewer.look(("picture", self._name), self._places, edge, self._take, self._refuse)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if self._places:
            self._load.start(0)

    def _take(self, image: QImage) -> None:
        self._image = image
        self.update()

    def _refuse(self, error: Aptl3Error) -> None:
        self.unread.emit(str(error))
