"""Folders and files that are dropped anywhere on the window are added to the library.

Whoever in the window takes drops itself (the search field) comes first, and stays in sight; what the window drags out
itself is not taken. Nothing is read here, not even whether the files are there: a drive may be slow.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, QRectF, Qt, pyqtSignal
from PyQt5.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen, QRegion
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
        self._window, self._veil = window, _Veil(window)
        self._spared: list[tuple[QWidget, Callable[[QMimeData | None], bool]]] = []
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def spare(self, widget: QWidget, takes: Callable[[QMimeData | None], bool]) -> None:
        """This part of the window takes some drops itself: it is left in sight while one of them may come."""
        self._spared.append((widget, takes))

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        assert event is not None
        kind = event.type()
        if kind in _DRAGS or kind == QEvent.Type.Drop:
            assert isinstance(event, QDropEvent)  # the events of a drag are such, too
            paths = [] if event.source() is not None else local_paths(event.mimeData())
            self._veil.spared = self._in_sight(event.mimeData())
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

    def _in_sight(self, data: QMimeData | None) -> list[QRect]:
        spared = [widget for widget, takes in self._spared if widget.isVisible() and takes(data)]
        return [QRect(widget.mapTo(self._window, QPoint()), widget.size()) for widget in spared]


def local_paths(data: QMimeData | None) -> list[str]:
    """The paths of what is dragged, if it is files of this machine."""
    urls = data.urls() if data is not None and data.hasUrls() else []
    return [path for url in urls if url.isLocalFile() and (path := url.toLocalFile())]


class _Veil(QWidget):
    """Over the whole window, but for what is ``spared``: let go, and it is added."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.spared: list[QRect] = []
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
        shade.setAlpha(240)
        veiled, place = QRegion(self.rect()), self.rect()
        for spared in self.spared:
            veiled -= QRegion(spared)
            place.setTop(max(place.top(), spared.bottom()))
        painter.setClipRegion(veiled)
        painter.fillRect(self.rect(), shade)
        pen = QPen(QColor(colors.accent), 2)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(place).adjusted(16, 16, -16, -16), 14, 14)
        for spared in self.spared:
            painter.drawRoundedRect(QRectF(spared).adjusted(-3, -3, 3, 3), 10, 10)
        self._write(painter, place)

    def _write(self, painter: QPainter, place: QRect) -> None:
        font = self.font()
        font.setPointSizeF(1.7 * font.pointSizeF())
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.tr("Drop to add to your library"))
        if self.spared:
            below = place.translated(0, 2 * painter.fontMetrics().height())
            painter.setFont(self.font())
            painter.setPen(QColor(theme.current().quiet))
            painter.drawText(
                below, Qt.AlignmentFlag.AlignCenter, self.tr("or on the search field, to find what is like it")
            )
