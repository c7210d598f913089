"""Folders and files that are dropped anywhere on the window are added to the library.

Whoever in the window takes drops itself (the search field) comes first; what the window drags out itself is not taken.
Nothing is read here, not even whether the files are there: a drive may be slow.
"""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QWidget

from aptl3.gui import theme

_DRAGS = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


class Dropping(QObject):
    """Makes ``window`` a place to drop on.

    Signals: ``dropped(list[str])``: local paths.
    """

    dropped = pyqtSignal(list)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._veil = _Veil(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        assert event is not None
        kind = event.type()
        if kind in _DRAGS or kind == QEvent.Type.Drop:
            assert isinstance(event, QDropEvent)  # the events of a drag are such, too
            paths = [] if event.source() is not None else local_paths(event.mimeData())
            self._veil.setVisible(bool(paths) and kind != QEvent.Type.Drop)
            if not paths:
                event.ignore()
                return True
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if kind == QEvent.Type.Drop:
                self.dropped.emit(paths)
            return True
        if kind == QEvent.Type.DragLeave:
            self._veil.hide()
        return False


def local_paths(data: QMimeData | None) -> list[str]:
    """The paths of what is dragged, if it is files of this machine."""
    urls = data.urls() if data is not None and data.hasUrls() else []
    return [path for url in urls if url.isLocalFile() and (path := url.toLocalFile())]


class _Veil(QWidget):
    """Over the whole window: let go, and it is added."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def setVisible(self, visible: bool) -> None:
        parent = self.parentWidget()
        if visible and parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()
        super().setVisible(visible)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QColor(colors.panel)
        shade.setAlpha(225)
        painter.fillRect(self.rect(), shade)
        pen = QPen(QColor(colors.accent), 2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 14, 14)
        font = self.font()
        font.setPointSizeF(1.7 * font.pointSizeF())
        painter.setFont(font)
        painter.setPen(QColor(colors.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Drop to add to your library"))
