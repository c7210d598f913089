"""The line below everything: what goes on (whatever is ``add``\\ ed), how many are shown, and how large."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QSlider, QWidget

from aptl3.gui.controls import describe, label
from aptl3.gui.preferences import TILE, TILES
from aptl3.gui.wording import number

HEIGHT = 42  # points: enough for buttons, so that the pictures above do not jump when some come and go


class Foot(QWidget):
    """Signals: ``zoomed(int)``: the user wants tiles of this size."""

    zoomed = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.count = label(role="quiet")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(TILES.start, TILES[-1])
        self.slider.setSingleStep(TILES.step)
        self.slider.setPageStep(2 * TILES.step)
        self.slider.setValue(TILE)
        self.slider.setFixedWidth(140)
        describe(self.slider, self.tr("Size of the pictures"), "Ctrl++")
        self.slider.valueChanged.connect(self.zoomed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 4, 16, 4)
        self._row.setSpacing(16)
        self._row.addStretch(1)
        self._row.addWidget(self.count)
        self._row.addWidget(self.slider)
        self.setMinimumHeight(HEIGHT)

    def add(self, widget: QWidget) -> None:
        """Something at the left, which may take all the room that there is."""
        self._row.insertWidget(self._row.count() - 3, widget, 100)

    def say_count(self, shown: int, chosen: int) -> None:
        if chosen > 1:
            text = self.tr("{0} of {1} chosen").format(number(chosen), number(shown))
        else:
            text = self.tr("{0} shown").format(number(shown)) if shown else ""
        self.count.setText(text)

    def show_size(self, visible: bool) -> None:
        """Without pictures there is nothing to be sized."""
        self.count.setVisible(visible)
        self.slider.setVisible(visible)
