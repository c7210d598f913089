"""What stands above the grid: back and forward, the search field, filters and order."""

from __future__ import annotations

from PyQt5.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from aptl3.gui.commands import Command, Commands
from aptl3.gui.controls import action_button, combo_box, describe
from aptl3.gui.search.asking import Asking
from aptl3.records.browsing import Filters, Sort

LONGEST = 12  # letters X, of which the longest order takes the room


class Header(QWidget):
    """Puts the controls of ``asking`` together; adds the command that shows the filters."""

    def __init__(self, asking: Asking, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asking, self._commands = asking, commands
        commands.add(
            [
                Command(
                    "filters", "search", self.tr("&Filters"), self._show_filters, ("Ctrl+Shift+F",), "filter",
                    checkable=True,
                )
            ]
        )  # fmt: skip
        self.sort = combo_box()
        describe(self.sort, self.tr("The order in which they are shown"), "Ctrl+Shift+S")
        self._orders: list[Sort | None] = []  # that can be chosen now
        self.sort.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sort.setMinimumContentsLength(LONGEST)
        self.sort.activated.connect(lambda index: asking.set_sort(self._orders[index]))
        row = QHBoxLayout()
        row.setSpacing(6)
        for name in ("back", "forward"):
            row.addWidget(action_button(commands[name]))
        row.addWidget(asking.bar, 1)
        row.addWidget(action_button(commands["filters"]))
        row.addWidget(self.sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(asking.line)
        asking.line.hide()
        asking.asked.connect(self._show)
        self._show()

    def _show(self) -> None:
        question, history = self._asking.question, self._asking.history
        self._commands["back"].setEnabled(history.can_go_back)
        self._commands["forward"].setEnabled(history.can_go_forward)
        self._offer_orders(matched=bool(question.parts))
        sort = question.sort or (None if question.parts else Sort.NEWEST)
        self.sort.setCurrentIndex(self._orders.index(sort))
        if question.filters != Filters():
            self._commands["filters"].setChecked(True)
            self._asking.line.show()

    def _offer_orders(self, matched: bool) -> None:
        """The library as a whole matches nothing. (A hidden row would leave the list too low for the others.)"""
        orders = [*([None] if matched else []), Sort.NEWEST, Sort.OLDEST]
        if orders != self._orders:
            names = {
                None: self.tr("Best match first"),
                Sort.NEWEST: self.tr("Newest first"),
                Sort.OLDEST: self.tr("Oldest first"),
            }
            self._orders = orders
            self.sort.clear()
            self.sort.addItems([names[one] for one in orders])

    def _show_filters(self) -> None:
        """Shows or hides them; hidden ones are in force no more: what one does not see must not leave anything out."""
        shown = self._commands["filters"].isChecked()
        self._asking.line.setVisible(shown)
        if shown:
            self._asking.begun.emit()
            self._asking.line.take_keyboard()
        else:
            self._asking.line.clear()
