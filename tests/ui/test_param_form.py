"""The form that is made from a config's declaration."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, Config, ConfigError, params
from playground.engine.config import param
from playground.ui.fields import ChoiceBox, IntBox, NumberBox, choice_text, next_round, number_text, parse_number
from playground.ui.param_form import PENDING, ParamForm


@dataclass(frozen=True)
class Small(Config):
    """One parameter of every kind."""

    size: int = param(8, 1, 1024, label="Size", log=True, unit="units", help="How many.")
    rate: float = param(0.001, 1e-6, 1.0, label="Rate", symbol="η", log=True, live=True, help="How fast.", source="A 2020")
    mode: str = param("a", label="Mode", choices=("a", "b_c"), choice_help=("plain", "fancy"), help="Which.")
    extra: float = param(0.5, 0.0, 1.0, label="Extra", help="Only for b_c.", when=lambda c: c.mode == "b_c")
    on: bool = param(True, label="On", help="Whether.")
    deep: int = param(3, 1, 9, label="Deep", help="Rarely touched.", advanced=True)

    def check(self) -> None:
        if self.deep > self.size:
            raise ConfigError("deep", "is more than Size.")


@pytest.fixture
def form(qtbot: QtBot) -> ParamForm:
    form = ParamForm(Small)
    qtbot.addWidget(form)
    form.show()
    return form


def test_values_round_trip(form: ParamForm) -> None:
    values = {"size": 64, "rate": 3e-5, "mode": "b_c", "extra": 0.25, "on": False, "deep": 2}
    form.set_values(values)
    assert form.values() == values
    assert form.config() == Small(**values)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_every_family_has_a_form_that_keeps_its_presets(family: object, qtbot: QtBot) -> None:
    form = ParamForm(family.config)  # type: ignore[attr-defined]
    qtbot.addWidget(form)
    for preset in family.presets:  # type: ignore[attr-defined]
        config = family.config().replace(**preset.changes)  # type: ignore[attr-defined]
        form.set_values(config.to_dict())
        assert form.config() == config


def test_each_kind_gets_its_control(form: ParamForm) -> None:
    kinds = {name: type(row.control) for name, row in form.rows.items()}
    assert kinds == {
        "size": IntBox,
        "rate": NumberBox,
        "mode": ChoiceBox,
        "extra": NumberBox,
        "on": QCheckBox,
        "deep": IntBox,
    }


def test_what_does_not_matter_is_hidden(form: ParamForm, qtbot: QtBot) -> None:
    assert not form.rows["extra"].isVisible()
    form.set_values({"mode": "b_c"})
    assert form.rows["extra"].isVisible()


def test_advanced_rows_are_folded_away(form: ParamForm, qtbot: QtBot) -> None:
    assert not form.rows["deep"].isVisible()
    qtbot.mouseClick(form.fold.button, Qt.MouseButton.LeftButton)
    assert form.rows["deep"].isVisible()


def test_an_error_stands_beside_its_field_and_goes(form: ParamForm) -> None:
    form.set_values({"size": 2})
    assert form.rows["deep"].note.text() == "is more than Size."
    assert form.rows["deep"].isVisible(), "a wrong value may not hide in the fold"
    with pytest.raises(ConfigError):
        form.config()
    form.set_values({"size": 8})
    assert not form.rows["deep"].note.isVisible()


def test_an_edit_is_told_once_and_setting_is_silent(form: ParamForm, qtbot: QtBot) -> None:
    told: list[str] = []
    form.edited.connect(told.append)
    form.set_values({"size": 16, "mode": "b_c", "on": False})
    assert told == []
    _type(qtbot, form.rows["rate"].control, "2e-4")
    assert told == ["rate"]
    assert form.config().rate == pytest.approx(2e-4)  # type: ignore[attr-defined]


def test_tooltips_say_all_that_is_declared(form: ParamForm) -> None:
    tip = form.rows["rate"].control.toolTip()
    for part in ("Rate", "η", "How fast.", "1e-06 to 1", "A 2020", "Live"):
        assert part in tip
    box = form.rows["mode"].control
    assert isinstance(box, ChoiceBox)
    assert "fancy" in str(box.itemData(1, Qt.ItemDataRole.ToolTipRole))


def test_live_rows_carry_a_dot(form: ParamForm) -> None:
    assert "●" in form.rows["rate"].label.text()
    assert "●" not in form.rows["size"].label.text()


def test_pending_rows_say_so(form: ParamForm) -> None:
    form.mark_pending({"size"})
    assert form.rows["size"].note.text() == PENDING
    form.mark_pending(set())
    assert not form.rows["size"].note.isVisible()


@pytest.mark.parametrize("name", list(params(Small)))
def test_the_wheel_changes_nothing(name: str, form: ParamForm, qapp: QApplication) -> None:
    form.set_values({"mode": "b_c"})
    form.fold.set_open(True)
    control = form.rows[name].control
    control.setFocus()
    before = form.values()
    at = QPointF(control.rect().center())
    wheel = QWheelEvent(at, control.mapToGlobal(at), QPoint(0, 0), QPoint(0, 120), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    qapp.sendEvent(control, wheel)
    assert form.values() == before
    assert isinstance(control, QCheckBox) or not wheel.isAccepted(), "the form has to scroll"


def test_units_are_shown(form: ParamForm) -> None:
    assert form.rows["size"].control.text() == "8 units"  # type: ignore[attr-defined]


def test_log_boxes_step_along_round_numbers(qtbot: QtBot) -> None:
    rate, batch, steps = NumberBox(1e-6, 1.0, log=True), IntBox(1, 8192, log=True), IntBox(1, 10_000_000, log=True)
    for box in (rate, batch, steps):
        qtbot.addWidget(box)
    rate.setValue(1e-3)
    rate.stepBy(1)
    assert rate.value() == pytest.approx(2e-3)
    rate.stepBy(-2)
    assert rate.value() == pytest.approx(5e-4)
    batch.setValue(100)
    batch.stepBy(1)
    assert batch.value() == 128
    batch.stepBy(-1)
    assert batch.value() == 64
    steps.setValue(10_000)
    steps.stepBy(1)
    assert steps.value() == 20_000


def test_a_linear_box_steps_by_its_size(qtbot: QtBot) -> None:
    box = NumberBox(0.0, 100.0)
    qtbot.addWidget(box)
    box.setValue(1.0)
    box.stepBy(1)
    assert box.value() == pytest.approx(1.1)
    box.setValue(0.0)
    box.stepBy(1)
    assert box.value() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("0,5", 0.5),
        ("10,000", 10_000.0),
        ("−2", -2.0),
        ("1 000", 1000.0),
        ("x", None),
        ("", None),
        ("inf", None),
    ],
)
def test_numbers_are_read_forgivingly(text: str, value: float | None) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("value", [0.001, 1e-6, 2.5e-5, 3.0, 128.0, 1e7, -0.25])
def test_what_is_shown_can_be_read_back(value: float) -> None:
    assert parse_number(number_text(value)) == pytest.approx(value)


def test_next_round() -> None:
    assert [next_round(x, True) for x in (1, 2, 5, 3, 0.09)] == pytest.approx([2, 5, 10, 5, 0.1])
    assert [next_round(x, False) for x in (1, 2, 5, 3)] == pytest.approx([0.5, 1, 2, 2])


def test_values_out_of_range_are_clamped_on_leaving(form: ParamForm, qtbot: QtBot) -> None:
    _type(qtbot, form.rows["size"].control, "5000")
    assert form.values()["size"] == 1024


def test_choice_texts() -> None:
    assert [choice_text(c) for c in ("elbo", "gaussian_learned", "fp32", "b_c", "eps", "dpmpp_2m")] == [
        "ELBO",
        "Gaussian learned",
        "fp32",
        "B c",
        "ε, the noise",
        "DPM-Solver++ 2M",
    ]


def _type(qtbot: QtBot, control: object, text: str) -> None:
    control.setFocus()  # type: ignore[attr-defined]
    control.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(control, text)
    qtbot.keyClick(control, Qt.Key.Key_Return)
