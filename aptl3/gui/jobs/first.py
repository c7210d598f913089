"""What one sees first: a sentence, a button, and a place to drop folders. Nothing is to be configured."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QRectF, Qt
from PyQt5.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt5.QtWidgets import QAction, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import label, push_button
from aptl3.gui.icons import picture

ICON = 64
WIDTH, HEIGHT = 560, 360  # of the place


class FirstStart(QWidget):
    """``add``: the command that asks for a folder. Drops are taken by the whole window; ``say`` tells what became of
    one."""

    def __init__(self, add: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.button = push_button(add.text(), add.shortcut().toString(), add.trigger, main=True)
        self.button.setShortcut("")  # the command has it
        self._picture = QLabel()
        self._sentence = label(self.tr("Search your photographs by words"), "headline")
        self._more = label(self.tr("Nothing leaves this computer, and your files stay as they are."), "quiet")
        self._drop = label(self.tr("or drop folders here"), "quiet")
        place = _Place()
        column = QVBoxLayout(place)
        column.setContentsMargins(32, 28, 32, 28)
        column.setSpacing(10)
        column.addStretch()
        for widget in (self._picture, self._sentence, self._more):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            widget.setWordWrap(widget is not self._picture)
            column.addWidget(widget)
        column.addSpacing(14)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._drop, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 24)
        whole.addStretch()
        whole.addWidget(place, 100, Qt.AlignmentFlag.AlignHCenter)
        whole.addStretch()
        self.setAccessibleName(self._sentence.text())
        self.setFocusProxy(self.button)
        self.show_starting(False)
        self._draw()

    def show_starting(self, starting: bool) -> None:
        """Folders were given, and nothing of them is there yet."""
        text = self.tr("Your folders are being read: the first photographs appear in a moment…")
        self._drop.setText(text if starting else self.tr("or drop folders here"))

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(picture("picture", theme.current().accent, ICON, self.devicePixelRatioF()))


class _Place(QFrame):
    """A field with a dashed border."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.setMaximumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(theme.current().border), 1.5)
        pen.setDashPattern([6, 5])
        painter.setPen(pen)
        painter.setBrush(QColor(theme.current().raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 16, 16)
