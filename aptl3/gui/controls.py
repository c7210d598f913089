"""Controls that everybody can use: each has an accessible name, and a tooltip that ends with its shortcut."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QSize, Qt
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QAction,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QStyledItemDelegate,
    QToolButton,
    QWidget,
)

from aptl3.gui.icons import icon


def describe(widget: QWidget, text: str, shortcut: str = "") -> None:
    """Says what a control is for, to those who see it and to those who do not. The shortcut is only named here."""
    widget.setAccessibleName(text)
    widget.setToolTip(hint(text, shortcut))


def hint(text: str, shortcut: str = "") -> str:
    """The text of a tooltip; the shortcut as the platform writes it."""
    keys = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
    return f"{text} ({keys})" if keys else text


def tool_button(name: str, text: str, shortcut: str = "", do: Callable[[], None] | None = None) -> QToolButton:
    """A button that is an icon. The shortcut works in the whole window."""
    button = QToolButton()
    button.setIcon(icon(name))
    button.setIconSize(QSize(20, 20))
    describe(button, text, shortcut)
    if do is not None:
        button.clicked.connect(lambda _checked: do())
    if shortcut:
        button.setShortcut(QKeySequence(shortcut))
    return button


def action_button(action: QAction) -> QToolButton:
    """A button for an action that has its shortcut already."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(20, 20))
    describe(button, action.text().replace("&", "").rstrip("…"), action.shortcut().toString())
    return button


def push_button(
    text: str, shortcut: str = "", do: Callable[[], None] | None = None, *, main: bool = False
) -> QPushButton:
    """A button with words on it; ``main``: what one most likely wants to do here."""
    button = QPushButton(text)
    button.setProperty("main", main)
    describe(button, text.replace("&", "").rstrip("…"), shortcut)
    if do is not None:
        button.clicked.connect(lambda _checked: do())
    if shortcut:
        button.setShortcut(QKeySequence(shortcut))
    return button


def combo_box() -> QComboBox:
    """A box to choose from."""
    box = QComboBox()
    box.setItemDelegate(QStyledItemDelegate(box))  # Qt's own heeds no style sheet, and its rows are low
    return box


def label(text: str = "", role: str = "") -> QLabel:
    """Words, in the look of a role: "headline", "title", "quiet", "bad"."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names of files are no markup
    made.setProperty("role", role)
    return made


def show_as(widget: QWidget, name: str, value: str | bool) -> None:
    """Has a widget look as the style sheet says for this value of its property ``name``."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        style = widget.style()
        assert style is not None
        style.unpolish(widget)  # it would go on looking as it did
        style.polish(widget)


def scroll_area(inner: QWidget, *, sideways: bool = True) -> QScrollArea:
    """Shows what may be larger than its place. The keyboard goes past it, to what is inside."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area
