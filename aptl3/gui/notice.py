"""A page that says something where else things would be: nothing there yet, nothing found, something wrong."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, Qt
from PyQt5.QtWidgets import QLabel, QVBoxLayout, QWidget

from aptl3.gui import theme
from aptl3.gui.controls import label
from aptl3.gui.icons import picture

ICON = 72  # points


class Notice(QWidget):
    """An icon, a headline, a sentence, and below them room for what can be done about it (``add``)."""

    def __init__(self, icon: str, headline: str, sentence: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = icon
        self._picture = QLabel()
        self._headline = label(headline, "headline")
        self._sentence = label(sentence, "quiet")
        self._column = QVBoxLayout(self)
        self._column.setSpacing(10)
        self._column.addStretch(3)
        for one in (self._picture, self._headline, self._sentence):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
            one.setWordWrap(True)
            self._column.addWidget(one)
        self._column.addStretch(4)
        self._draw()
        self.say(headline, sentence)

    def say(self, headline: str, sentence: str) -> None:
        self._headline.setText(headline)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self.setAccessibleName(headline)
        self.setAccessibleDescription(sentence)

    def add(self, widget: QWidget) -> None:
        """Something to do, below the words."""
        self._column.insertSpacing(self._column.count() - 1, 10)
        self._column.insertWidget(self._column.count() - 1, widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(picture(self._icon, theme.current().border, ICON, self.devicePixelRatioF()))
