"""Hyper-parameters: what is accepted, what is refused with a sentence, and the way through TOML, JSON and recipes."""

from __future__ import annotations

import contextlib
import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
from engine_kit import recipe
from hypothesis import assume, example, given
from hypothesis import strategies as st

from playground.engine.config import Config, ConfigError, field_types, param, params
from playground.engine.families import FAMILIES
from playground.engine.recipe import Compute, Recipe


@dataclass(frozen=True)
class Toy(Config):
    count: int = param(3, 1, 10, label="Count", help="How many.")
    rate: float = param(0.5, 0.0, 1.0, label="Rate", help="How fast.", unit="1/s", source="Someone 1999")
    flag: bool = param(False, label="Flag", help="Whether.")
    word: str = param("a", label="Word", help="Which.", choices=("a", "b"), choice_help=("first", "second"))
    free: str = param("", label="Free", help="Any text.")

    def check(self) -> None:
        if self.flag and self.count == 10:
            raise ConfigError("count", "clashes with flag.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", 0), ("count", 11), ("count", 2.5), ("count", True), ("count", "3"), ("count", None), ("count", [3]),
        ("count", math.nan), ("count", math.inf),
        pytest.param("count", 10**400, id="count-large"), pytest.param("count", -(10**5000), id="count-huge"),
        ("rate", -0.001), ("rate", 1.001), ("rate", math.nan), ("rate", math.inf), ("rate", -math.inf), ("rate", False),
        ("rate", "0.5"), pytest.param("rate", 10**400, id="rate-large"),
        ("flag", 1), ("flag", 0.0), ("flag", "true"), ("word", "c"), ("word", 1), ("word", ""),
        ("free", 3), ("free", b"x"), ("free", {}),
    ],
)  # fmt: skip
def test_bad_values_are_refused_with_their_field_and_a_sentence(name: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Toy(**{name: value})
    assert caught.value.field == name
    assert caught.value.reason.rstrip().endswith(".")
    assert len(caught.value.reason) < 400


def test_bounds_are_inclusive_and_numbers_take_the_declared_type() -> None:
    assert (Toy(count=1).count, Toy(count=10).count) == (1, 10)
    assert Toy(rate=1).rate == 1.0 and type(Toy(rate=1).rate) is float
    assert Toy(count=4.0).count == 4 and type(Toy(count=4.0).count) is int
    assert field_types(Toy) == {"count": int, "rate": float, "flag": bool, "word": str, "free": str}


def test_unknown_names_are_refused_and_the_known_ones_named() -> None:
    with pytest.raises(ConfigError, match="count, rate, flag") as caught:
        Toy.from_dict({"cuont": 3})
    assert caught.value.field == "cuont"
    with pytest.raises(ConfigError):
        Toy().replace(nothing=1)
    with pytest.raises(ConfigError):
        Toy.from_dict({1: 2, "a": 3, None: 4})


def test_values_that_clash_are_refused_and_replace_leaves_the_original() -> None:
    toy = Toy(flag=True)
    with pytest.raises(ConfigError, match="clashes"):
        toy.replace(count=10)
    assert toy == Toy(flag=True)
    assert toy.replace(count=9).count == 9


def test_description_holds_help_choices_range_unit_and_source() -> None:
    assert params(Toy)["rate"].describe() == "How fast.\nRange 0 to 1 1/s.\nSomeone 1999"
    assert "a: first\nb: second" in params(Toy)["word"].describe()


@pytest.mark.parametrize(
    "text", ["", "[", "{", "1", "null", "[1]", '"x"', "{" * 5000, "[" * 100_000, '{"count": ' + "9" * 5000 + "}"]
)
def test_json_that_is_no_recipe_is_a_config_error(text: str) -> None:
    for read in (Toy.from_json, Recipe.from_json):
        with pytest.raises(ConfigError):
            read(text)


@pytest.mark.parametrize(
    "text",
    ["=", "count", "count = 3\ncount = 4", "[count]\nx = 1", "count = " + "[" * 5000, "count = 0x" + "f" * 5000,
     "count = 1979-05-27",
     "count = " + "9" * 5000],
)  # fmt: skip
def test_toml_that_is_no_recipe_is_a_config_error(text: str) -> None:
    with pytest.raises(ConfigError):
        Toy.from_toml(text)


# ---------------------------------------------------------------- any valid config, any hostile input
def valid_values(config: type[Config]) -> st.SearchStrategy[dict[str, Any]]:
    kinds = field_types(config)
    each: dict[str, st.SearchStrategy[Any]] = {}
    for name, spec in params(config).items():
        if spec.choices:
            each[name] = st.sampled_from(spec.choices)
        elif kinds[name] is bool:
            each[name] = st.booleans()
        elif kinds[name] is int:
            assert spec.lo is not None and spec.hi is not None
            each[name] = st.integers(int(spec.lo), int(spec.hi))
        elif kinds[name] is float:
            each[name] = st.floats(spec.lo, spec.hi)
        else:
            each[name] = st.text(st.characters(codec="utf-8"))
    return st.fixed_dictionaries(each)


def configs(config: type[Config]) -> st.SearchStrategy[Config]:
    def build(values: dict[str, Any]) -> Config | None:
        try:
            return config.from_dict(values)
        except ConfigError:
            return None

    return valid_values(config).map(build).filter(lambda c: c is not None)  # type: ignore[return-value]


@pytest.mark.parametrize("config", [Toy, Compute, *(f.config for f in FAMILIES.values())])
@given(data=st.data())
def test_round_trip_through_dict_toml_and_json(config: type[Config], data: st.DataObject) -> None:
    made = data.draw(configs(config))
    assert config.from_dict(made.to_dict()) == made
    assert config.from_toml(made.to_toml()) == made
    assert config.from_json(made.to_json()) == made
    assert made.replace() == made


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
def test_a_recipe_survives_json(family: str, data: st.DataObject) -> None:
    made = Recipe(
        family, data.draw(st.text(st.characters(codec="utf-8"), min_size=1)),
        data.draw(configs(FAMILIES[family].config)),  # type: ignore[arg-type]
        data.draw(st.integers(0, 2**31 - 1)), data.draw(configs(Compute)),  # type: ignore[arg-type]
    )  # fmt: skip
    assert Recipe.from_json(made.to_json()) == made


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers() | st.none(), inner, max_size=3),
    max_leaves=6,
)
GOOD = recipe().to_dict()


@given(
    where=st.sampled_from([*GOOD, "new", *(f"config.{k}" for k in GOOD["config"]), *(f"compute.{k}" for k in GOOD["compute"])]),
    value=anything,
)
@example(where="config", value={1: 1, "a": 2})
def test_a_hostile_recipe_is_a_config_error_or_a_recipe(where: str, value: Any) -> None:
    values = json.loads(json.dumps(GOOD))
    part, _, name = where.partition(".")
    if name:
        values[part][name] = value
    else:
        values[part] = value
    try:
        made = Recipe.from_dict(values)
    except ConfigError as error:
        assert len(str(error)) < 2000
    else:
        assert Recipe.from_dict(made.to_dict()) == made


@given(anything)
def test_anything_at_all_is_a_config_error_or_a_recipe(value: Any) -> None:
    try:
        Recipe.from_dict(value)
    except ConfigError:
        return
    assume(False)


@given(st.text(max_size=60) | st.from_regex(r'\{"format": "generative-playground recipe 1"[^\n]{0,40}\}', fullmatch=True))
def test_any_text_is_a_config_error_or_a_recipe(text: str) -> None:
    with contextlib.suppress(ConfigError):
        Recipe.from_json(text)


@pytest.mark.parametrize("seed", [-1, 2**31, True, 1.0, "1", None])
def test_seeds_are_whole_numbers_that_every_generator_takes(seed: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        Recipe.from_dict({**GOOD, "seed": seed})
    assert caught.value.field == "seed"


def test_a_config_of_another_family_is_refused() -> None:
    with pytest.raises(ConfigError):
        Recipe("vae", "mnist", Toy())
    with pytest.raises(ConfigError):
        Recipe("nothing", "mnist", Toy())
