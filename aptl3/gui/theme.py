"""Colours and shapes of the window, light and dark.

Owns the application's palette and style sheet. ``current()`` are the colours that are in force, for whoever paints;
every widget gets a ``PaletteChange`` when they change. Contrast is held by a test: text 7 : 1, quiet text 4.5 : 1,
signs 3 : 1 (WCAG 2.1, 1.4.3, 1.4.6 and 1.4.11).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from string import Template

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtGui import QColor, QPalette
from PyQt5.QtWidgets import QApplication

from aptl3.gui.system import System


class Choice(str, Enum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Colors:
    """Each as #rrggbb."""

    page: str  # behind the pictures
    panel: str  # behind controls
    raised: str  # fields, cards, tiles without a picture
    hover: str
    line: str  # between parts
    border: str  # around fields
    text: str
    quiet: str  # text of less weight
    accent: str  # what is chosen, what is to be done
    on_accent: str
    chosen: str  # behind what is chosen
    good: str
    warn: str
    bad: str
    dark: bool


LIGHT = Colors(
    page="#fbfbfc",
    panel="#f1f2f4",
    raised="#ffffff",
    hover="#e4e6ea",
    line="#dcdfe4",
    border="#7f8692",
    text="#1c1e22",
    quiet="#565c66",
    accent="#2260d2",
    on_accent="#ffffff",
    chosen="#d9e5fb",
    good="#1b7a45",
    warn="#9a5b00",
    bad="#c02d3a",
    dark=False,
)
DARK = Colors(
    page="#151619",
    panel="#1d1f23",
    raised="#282a30",
    hover="#33363d",
    line="#30333a",
    border="#747a86",
    text="#eceef1",
    quiet="#a5abb6",
    accent="#7aa7ff",
    on_accent="#0d1524",
    chosen="#27395c",
    good="#5ec48a",
    warn="#e3a748",
    bad="#ff8087",
    dark=True,
)

_SHEET = Template(
    """
QMainWindow, QDialog { background: $panel; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }
QMenuBar { background: $panel; color: $text; border: 0; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 24px; border-radius: 5px; }
QMenu::item:selected { background: $chosen; }
QMenu::item:disabled { color: $quiet; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::icon { padding-left: 6px; }
QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: 6px; padding: 6px 14px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $line; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 13px; }
QPushButton:disabled { color: $quiet; border-color: $line; }
QPushButton[main="true"] { background: $accent; color: $on_accent; border-color: $accent; font-weight: bold; }
QPushButton[main="true"]:focus { border-color: $text; }
QPushButton[main="true"]:disabled { background: $raised; color: $quiet; border-color: $line; }
QToolButton { background: transparent; color: $text; border: 2px solid transparent; border-radius: 6px; padding: 3px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $line; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $chosen; }
QToolButton::menu-indicator { image: none; }
QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit {
    background: $raised; border: 1px solid $border; border-radius: 6px; padding: 5px 8px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border: 2px solid $accent; padding: 4px 7px; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled { color: $quiet; border-color: $line; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { border: 0; padding: 0; background: transparent; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down, QDateEdit::drop-down { border: 0; width: 24px; }
QComboBox::down-arrow, QDateEdit::down-arrow { image: url("$signs/down.svg"); width: 14px; height: 14px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: 0; width: 20px; background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 3px 3px 0 0; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; margin: 0 3px 3px 0; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; border-radius: 3px; }
QAbstractSpinBox::up-arrow { image: url("$signs/up.svg"); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url("$signs/down.svg"); width: 11px; height: 11px; }
QCheckBox, QRadioButton { color: $text; spacing: 8px; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $border; }
QCheckBox::indicator, QRadioButton::indicator { background: $raised; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$signs/done.svg"); }
QRadioButton::indicator:checked { border: 5px solid $accent; width: 6px; height: 6px; }
QComboBox QAbstractItemView, #Offers { background: $raised; color: $text; border: 1px solid $border;
    selection-background-color: $chosen; selection-color: $text; }
QComboBox QAbstractItemView::item, #Offers::item { min-height: 28px; padding: 0 6px; }
QTableView, QTreeView, QListView { background: $page; color: $text; border: 0; gridline-color: $line;
    alternate-background-color: $panel; selection-background-color: $chosen; selection-color: $text; outline: 0; }
QHeaderView, QTableCornerButton::section { background: $panel; border: 0; }
QHeaderView::section { background: $panel; color: $quiet; border: 0; border-bottom: 1px solid $line; padding: 6px 3px; }
QScrollArea, QAbstractScrollArea { border: 0; }
QScrollBar:vertical { background: $page; width: 14px; margin: 0; }
QScrollBar:horizontal { background: $page; height: 14px; margin: 0; }
QScrollBar::handle { background: $border; border-radius: 4px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 40px; }
QScrollBar::handle:horizontal { min-width: 40px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $accent; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal:focus { background: $text; }
QProgressBar { background: $line; border: 0; border-radius: 3px; max-height: 6px; text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QLabel { color: $text; background: transparent; }
QLabel[role="quiet"] { color: $quiet; }
QLabel[role="headline"] { font-size: 17pt; }
QLabel[role="title"] { font-size: 12pt; font-weight: bold; }
QLabel[role="bad"] { color: $bad; }
#Rail { background: $panel; border-right: 1px solid $line; }
#Rail QToolButton { border-radius: 8px; padding: 7px; }
#Header { background: $panel; border-bottom: 1px solid $line; }
#Foot { background: $panel; border-top: 1px solid $line; }
#Page { background: $page; }
#Aside, #Aside QScrollBar { background: $panel; }
#Field { background: $raised; border: 1px solid $border; border-radius: 8px; margin: 1px; }
#Field[look="focus"] { border: 2px solid $accent; margin: 0; }
#Field[look="drop"] { border: 2px dashed $accent; background: $chosen; margin: 0; }
#Words, #Words:focus { background: transparent; border: 0; padding: 2px; }
#Tray, #Field QScrollArea { background: transparent; border: 0; }
QToolButton#Small { border-radius: 3px; padding: 1px; }
QLineEdit[wrong="true"], QLineEdit[wrong="true"]:focus { border-color: $bad; }
#Card { background: $raised; border: 1px solid $line; border-radius: 10px; }
#Card[limiting="true"] { border: 2px solid $warn; }
QProgressBar[limiting="true"]::chunk { background: $warn; }
#Banner { background: $chosen; border-bottom: 1px solid $line; }
"""
)

_current = LIGHT


def current() -> Colors:
    """The colours in force."""
    return _current


def color(name: str) -> QColor:
    """One of them, by its name."""
    return QColor(getattr(_current, name))


class Theme(QObject):
    """Puts the colours of a choice in force, and those of the system when it changes.

    Signals: ``changed()``, after the palette has changed.
    """

    changed = pyqtSignal()

    def __init__(self, application: QApplication, choice: Choice = Choice.SYSTEM) -> None:
        super().__init__()
        self._application = application
        self.choice = choice
        self.system = System(application)
        self.system.changed.connect(self._apply)
        application.setStyle("Fusion")
        self._apply()

    def choose(self, choice: Choice) -> None:
        self.choice = choice
        self._apply()

    def _apply(self) -> None:
        global _current
        dark = self.system.dark if self.choice is Choice.SYSTEM else self.choice is Choice.DARK
        _current = DARK if dark else LIGHT
        self._application.setPalette(palette(_current))
        self._application.setStyleSheet(sheet(_current))
        self.changed.emit()


def sheet(colors: Colors) -> str:
    """The style sheet. Its arrows and ticks are files, which cannot be drawn in a colour: each theme has its own."""
    signs = Path(__file__).parent / "icons" / ("dark" if colors.dark else "light")
    return _SHEET.substitute(asdict(colors), signs=signs.as_posix())


def palette(colors: Colors) -> QPalette:
    """For what no style sheet reaches."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: colors.panel,
        QPalette.ColorRole.WindowText: colors.text,
        QPalette.ColorRole.Base: colors.raised,
        QPalette.ColorRole.AlternateBase: colors.panel,
        QPalette.ColorRole.Text: colors.text,
        QPalette.ColorRole.Button: colors.raised,
        QPalette.ColorRole.ButtonText: colors.text,
        QPalette.ColorRole.ToolTipBase: colors.raised,
        QPalette.ColorRole.ToolTipText: colors.text,
        QPalette.ColorRole.PlaceholderText: colors.quiet,
        QPalette.ColorRole.Highlight: colors.accent,
        QPalette.ColorRole.HighlightedText: colors.on_accent,
        QPalette.ColorRole.Link: colors.accent,
        QPalette.ColorRole.BrightText: colors.bad,
    }
    for role, value in roles.items():
        made.setColor(role, QColor(value))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors.quiet))
    return made
