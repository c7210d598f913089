from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from aptl3.gui.elided import Elided
from aptl3.gui.tables import Sheet


def test_a_sheet_is_as_high_as_its_rows(qapp: QApplication, qtbot: QtBot) -> None:
    sheet = Sheet("Models", ["Model", "Vectors", "Distance"])
    qtbot.addWidget(sheet)
    empty = sheet.sizeHint().height()
    sheet.put([("a", 12_345, 0.5), ("b", 2, 0.25)])
    row = sheet.rowHeight(0)
    assert sheet.sizeHint().height() == empty + 2 * row
    first, count, distance = (sheet.item(0, column) for column in range(3))
    assert first is not None and count is not None and distance is not None
    assert (first.text(), count.text(), distance.text()) == ("a", "12,345", "0.500")
    assert (
        count.textAlignment() & Qt.AlignmentFlag.AlignRight and not first.textAlignment() & Qt.AlignmentFlag.AlignRight
    )
    sheet.put([])
    assert sheet.rowCount() == 0 and sheet.sizeHint().height() == empty


def test_a_label_without_room_is_cut_and_tells_the_rest(qapp: QApplication, qtbot: QtBot) -> None:
    words = Elided(Qt.TextElideMode.ElideMiddle)
    qtbot.addWidget(words)
    words.setText("Holiday in the far north")
    words.show()
    words.resize(words.sizeHint())
    shown = super(Elided, words).text
    assert shown() == words.text() == "Holiday in the far north" and words.toolTip() == ""
    words.resize(80, 20)
    assert "…" in shown() and words.text() == words.toolTip() == words.accessibleName() == "Holiday in the far north"
    words.setText("<b>short</b>")
    assert words.text() == "<b>short</b>"
