"""The form that is made from a config's declaration."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fake_session import FakeSession, fake_services
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from playground.engine import FAMILIES, Config, ConfigError, Recipe, params
from playground.engine.config import param
from playground.engine.runs import RunInfo
from playground.ui.background import Background
from playground.ui.family_tab import FamilyTab
from playground.ui.fields import ChoiceBox, IntBox, NumberBox, choice_text, next_round, number_text, parse_number
from playground.ui.param_form import PENDING, ParamForm
from playground.ui.recipe_panel import RecipePanel


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


# ---------------------------------------------------------------- fields that name a run
@dataclass(frozen=True)
class Standing(Config):
    """A recipe that may start from a run."""

    base: str = param("", label="Base", run_of="vae", help="What it stands on.")
    size: int = param(8, 1, 1024, label="Size", help="How many.", when=lambda c: not c.base)


def run_info(run_id: str, **changes: object) -> RunInfo:
    made = "2026-11-24T12:05:00+00:00"
    usual = RunInfo(Path("/runs") / run_id, run_id, f"name of {run_id}", "vae", "mnist", 3000, 3000, made, 125.0, "finished")
    return replace(usual, **changes)  # type: ignore[arg-type]


RUNS = [
    run_info("good"), run_info("stopped", status="stopped", step=20), run_info("other", family="gan"),
    run_info("faces", data="faces"), run_info("paused", status="paused"),
    run_info("broken", family="", status="damaged", step=0), run_info("empty", step=0),
]  # fmt: skip


@pytest.fixture
def standing(qtbot: QtBot) -> ParamForm:
    form = ParamForm(Standing)
    qtbot.addWidget(form)
    form.show()
    return form


def offered(form: ParamForm) -> list[str]:
    box = form.run_boxes[0]
    return [box.itemData(i) for i in range(box.count())]


def test_runs_that_fit_are_offered_under_trained_here_first(standing: ParamForm) -> None:
    box = standing.run_boxes[0]
    assert offered(standing) == [""] and box.itemText(0) == "trained here first" and standing.config() == Standing()
    standing.offer_runs(RUNS, "mnist")
    assert offered(standing) == ["", "good", "stopped"] and standing.config() == Standing()
    assert box.itemText(1).startswith("name of good · 3,000 steps · 24 Nov ")
    tip = box.itemData(1, Qt.ItemDataRole.ToolTipRole)
    assert "2:05" in tip and "mnist" in tip and "finished" in tip
    standing.offer_runs(RUNS, "faces")
    assert offered(standing) == ["", "faces"]


def test_a_chosen_run_is_the_value_and_tells_who_listens(standing: ParamForm, qtbot: QtBot) -> None:
    standing.offer_runs(RUNS, "mnist")
    box = standing.run_boxes[0]
    with qtbot.waitSignal(standing.edited) as heard:
        box.setCurrentIndex(1)
        box.activated.emit(1)
    assert heard.args == ["base"] and standing.config() == Standing(base="good")
    assert not standing.rows["size"].isVisible(), "it is the other run's"
    standing.offer_runs(RUNS[:1], "mnist")
    assert standing.config() == Standing(base="good") and not standing.rows["base"].note.isVisible()


@pytest.mark.parametrize(
    ("value", "text", "why"),
    [
        ("gone", "missing: gone", "not on this machine"),
        ("/elsewhere/some-run", "missing: some-run", "not on this machine"),
        ("other", "name of other", "family gan"),
        ("faces", "name of faces", "trained on faces"),
        ("paused", "name of paused", "not finished"),
    ],
)
def test_a_run_that_does_not_fit_stays_and_says_why(standing: ParamForm, value: str, text: str, why: str) -> None:
    standing.set_values({"base": value})
    row = standing.rows["base"]
    assert row.value() == value and not row.note.isVisible(), "nobody has looked yet"
    standing.offer_runs(RUNS, "mnist")
    assert row.value() == value and standing.run_boxes[0].currentText() == text
    assert row.note.isVisible() and why in row.note.text()
    standing.set_values({"base": ""})
    assert not row.note.isVisible()
    standing.set_values({"base": value})
    assert row.note.isVisible()
    come_back = [run_info(Path(value).name, folder=Path("/elsewhere/some-run"))]
    standing.offer_runs(come_back if "missing" in text else RUNS, "mnist")
    assert row.note.isVisible() == ("missing" not in text), "a missing one has come back"


def test_the_panel_looks_for_runs_when_it_appears_and_when_the_data_change(dressed: QApplication, qtbot: QtBot) -> None:
    looks: list[int] = []
    services = fake_services(list_runs=lambda: looks.append(1) or RUNS)
    background = Background()
    family = replace(FAMILIES["vae"], config=Standing, presets=())
    panel = RecipePanel(family, services)
    qtbot.addWidget(panel)
    panel.show()
    assert not looks, "nobody to ask yet"
    panel.watch_runs(background)
    qtbot.waitUntil(lambda: offered(panel.form) == ["", "good", "stopped"])
    panel.form.set_values({"base": "good"})
    panel.data.set_text("faces")
    panel.data_changed.emit()
    qtbot.waitUntil(lambda: offered(panel.form)[:2] == ["", "faces"])
    assert panel.form.values()["base"] == "good" and "trained on mnist" in panel.form.rows["base"].note.text()
    before = len(looks)
    panel.hide()
    panel.show()
    qtbot.waitUntil(lambda: len(looks) == before + 1)
    background.close()


def test_a_run_that_is_not_there_is_said_beside_its_field_and_nothing_is_lost(dressed: QApplication, qtbot: QtBot) -> None:
    class Refusing(FakeSession):
        def start(self, recipe: object, **more: object) -> str:
            raise ConfigError("first_stage", "names a run that cannot be opened: There is no run folder at /runs/gone.")

    services = fake_services(Refusing())
    background = Background()
    family = FAMILIES["latent_diffusion"]
    tab = FamilyTab(family, services, background)
    qtbot.addWidget(tab)
    tab.show()
    tab.attach(services.make_session())
    config = family.default_config("mnist", "image").replace(first_stage="gone", steps=777)
    recipe = Recipe(family.name, "mnist", config)
    tab.show_recipe(recipe)
    tab.train()
    row = tab.panel.form.rows["first_stage"]
    assert row.note.isVisible() and "There is no run folder at /runs/gone." in row.note.text()
    assert tab.panel.recipe().config == config
    background.close()
