"""Numbers that change many times a second do not lay the window out anew."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from playground.ui.flow import FlowLayout
from playground.ui.steady_label import SteadyLabel


class Layouts(QObject):
    """Counts how often a widget is asked to lay itself out."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.count = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def shown(qtbot: Any, label: QLabel) -> tuple[QWidget, Layouts]:
    parent = QWidget()
    qtbot.addWidget(parent)
    QHBoxLayout(parent).addWidget(label)
    label.setText("<b>123.45</b> nats")
    parent.show()
    qtbot.waitExposed(parent)
    qtbot.wait(20)
    return parent, Layouts(parent)


def test_a_new_number_of_the_same_length_is_only_painted(qtbot: Any) -> None:
    label = SteadyLabel()
    _parent, layouts = shown(qtbot, label)
    for i in range(5):
        label.setText(f"<b>11{i}.11</b> nats")
        qtbot.wait(5)
    assert label.text() == "<b>114.11</b> nats"
    assert layouts.count == 0


def test_a_plain_label_would_have_asked_for_a_layout(qtbot: Any) -> None:
    label = QLabel()
    _parent, layouts = shown(qtbot, label)
    label.setText("<b>111.11</b> nats")
    qtbot.wait(5)
    assert layouts.count > 0, "else SteadyLabel is not needed any more"


def test_a_longer_text_gets_more_room_and_a_shorter_one_keeps_it(qtbot: Any) -> None:
    label = SteadyLabel()
    _parent, layouts = shown(qtbot, label)
    before = label.width()
    label.setText("<b>1,234,567.89</b> nats")
    qtbot.wait(20)
    longest = label.width()
    assert longest > before
    assert longest >= label.sizeHint().width()
    assert layouts.count > 0
    label.setText("<b>1</b>")
    qtbot.wait(20)
    assert label.width() == longest


def test_smaller_type_needs_less_room(qtbot: Any) -> None:
    label = SteadyLabel()
    _parent, _ = shown(qtbot, label)
    label.setStyleSheet("font-size: 40px;")
    qtbot.wait(20)
    large = label.width()
    label.setStyleSheet("font-size: 10px;")
    qtbot.wait(20)
    assert label.width() < large / 2


def test_a_flow_layout_notices_that_an_item_has_grown(qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    column, flow = QVBoxLayout(parent), FlowLayout(4, 4)
    labels = [QLabel("short"), QLabel("short")]
    for label in labels:
        flow.addWidget(label)
    column.addLayout(flow)
    parent.resize(200, 200)
    parent.show()
    qtbot.waitExposed(parent)
    one_line = flow.heightForWidth(180)
    labels[0].setText("a text that is so long that there is no room beside it")
    qtbot.wait(20)
    assert flow.heightForWidth(180) > one_line
    labels[0].hide()
    qtbot.wait(20)
    assert flow.heightForWidth(180) == one_line
