"""R20: what is handed in becomes exactly that number, or an error that names it."""

from __future__ import annotations

import datetime
import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.errors import InvalidInputError, MetricValueError
from neural.testing.metrics_oracle import entries_of, same_values, strict_json
from neural.tracking.experiment_tracker import ExperimentTracker
from neural.tracking.storage.metrics_format import encode_entry
from neural.tracking.values import (
    check_name,
    check_text,
    shown,
    to_number,
    to_numbers,
    to_param,
    to_step,
)


def _named(value: object) -> str:
    """Return the text of a value, without an address, which differs between processes."""
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text


class Tensor:
    """A scalar of torch as far as we look: a shape and ``item()``, which is the one sync."""

    def __init__(self, value: Any, shape: tuple[int, ...] = ()) -> None:
        self._value = value
        self.shape = shape
        self.requires_grad = True
        self.syncs = 0

    def item(self) -> Any:
        """Bring the value to the host."""
        self.syncs += 1
        return self._value

    def __float__(self) -> float:
        """Another sync, were it called too."""
        self.syncs += 1
        return float(self._value)


class MetaTensor(Tensor):
    """A tensor of torch's meta device: it has a shape and no value."""

    def item(self) -> NoReturn:
        """As torch does."""
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")


class TracedArray:
    """A JAX value inside ``jit``: it cannot be read, and says so in its own way."""

    shape = ()

    class ConcretizationTypeError(TypeError):
        """As JAX calls it."""

    def item(self) -> NoReturn:
        """As JAX does."""
        raise self.ConcretizationTypeError("Abstract tracer value encountered")

    def __repr__(self) -> str:
        return "Traced<ShapedArray(float32[])>"


class EagerTensor:
    """A TensorFlow scalar: no ``item()``, but ``numpy()``; its shape is an object of its own."""

    def __init__(self, value: Any) -> None:
        self._value = np.array(value)
        self.shape = self._value.shape

    def numpy(self) -> np.ndarray[Any, Any]:
        """The value on the host."""
        return self._value


class BrainFloat:
    """A bfloat16 scalar of ml_dtypes, as JAX hands out: only ``__float__`` and ``item``."""

    shape = ()

    def item(self) -> float:
        """Nearest thing of bfloat16 to one third."""
        return 0.333984375


class Level(enum.IntEnum):
    """Integers with names."""

    HIGH = 3


class Half(float):
    """A subclass of float."""


class OnlyFloat:
    """Something that is a number in no other way."""

    def __float__(self) -> float:
        return 2.5


class OnlyIndex:
    """The same for integers."""

    def __index__(self) -> int:
        return 7


INTEGERS: list[Any] = [
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.uint64,
]
FLOATS: list[Any] = [np.float16, np.float32, np.float64]
LIMITS: list[tuple[Any, int | float]] = [
    *[(t(np.iinfo(t).max), int(np.iinfo(t).max)) for t in INTEGERS],
    *[(t(np.iinfo(t).min), int(np.iinfo(t).min)) for t in INTEGERS],
    *[(np.array(3, dtype=t), 3) for t in INTEGERS],
    *[(np.array([[3]], dtype=t), 3) for t in INTEGERS],
    *[(t(0.1), float(t(0.1))) for t in FLOATS],
    *[(np.finfo(t).max, float(np.finfo(t).max)) for t in FLOATS],
    *[(np.finfo(t).smallest_subnormal, float(np.finfo(t).smallest_subnormal)) for t in FLOATS],
    *[(np.array(0.1, dtype=t), float(t(0.1))) for t in FLOATS],
    *[(np.array([0.1], dtype=t), float(t(0.1))) for t in FLOATS],
    *[(t("nan"), math.nan) for t in FLOATS],
    *[(t("-inf"), -math.inf) for t in FLOATS],
]

NUMBERS: list[tuple[Any, int | float]] = [
    (0.1, 0.1),
    (-0.0, -0.0),
    (math.nan, math.nan),
    (math.inf, math.inf),
    (-math.inf, -math.inf),
    (5e-324, 5e-324),
    (2.2250738585072014e-308, 2.2250738585072014e-308),
    (1.7976931348623157e308, 1.7976931348623157e308),
    (2.0**53, 2.0**53),
    (0, 0),
    (2**53 - 1, 2**53 - 1),
    (2**53 + 1, 2**53 + 1),
    (2**63, 2**63),
    (-(2**63) - 1, -(2**63) - 1),
    (2**64 + 1, 2**64 + 1),
    (10**400, 10**400),
    (-(10**4_299), -(10**4_299)),
    (True, 1),
    (False, 0),
    (Level.HIGH, 3),
    (Half(0.5), 0.5),
    (np.bool_(True), 1),
    (np.array(False), 0),
    (np.float64(0.1), 0.1),
    (np.longdouble(0.1), 0.1),
    (np.longdouble("1e-400"), 0.0),
    (np.longdouble("inf"), math.inf),
    (np.array(0.25, dtype=object), 0.25),
    (np.array([[[2.5]]]), 2.5),
    (np.ma.array([1.5]), 1.5),
    (Decimal("0.1"), 0.1),
    (Decimal("1e-400"), 0.0),
    (Decimal("-0"), -0.0),
    (Decimal("NaN"), math.nan),
    (Decimal("-Infinity"), -math.inf),
    (Decimal(2**53 + 1), 2**53 + 1),
    (Decimal("1e30"), 10**30),
    (Fraction(1, 3), 1 / 3),
    (Fraction(2**53 + 1), 2**53 + 1),
    (Tensor(0.5), 0.5),
    (Tensor(2**60, shape=(1,)), 2**60),
    (Tensor(True), 1),
    (Tensor(math.nan), math.nan),
    (EagerTensor(np.float32(0.1)), float(np.float32(0.1))),
    (EagerTensor([7]), 7),
    (BrainFloat(), 0.333984375),
    (OnlyFloat(), 2.5),
    (OnlyIndex(), 7),
]

NOT_NUMBERS: list[Any] = [
    None,
    "0.5",
    "nan",
    "",
    b"1",
    bytearray(b"1"),
    memoryview(b"1"),
    1 + 0j,
    [0.5],
    (0.5,),
    {0.5},
    {"value": 0.5},
    range(1),
    object(),
    float,
    ...,
    print,
    iter([1]),
    datetime.datetime(2026, 1, 1),
    datetime.timedelta(1),
    Decimal("sNaN"),
    Decimal("1e5000"),
    Decimal("1e999999"),
    Fraction(10**400, 3),
    10**4_300,
    -(10**9_000),
    np.complex64(1),
    np.str_("1"),
    np.bytes_(b"1"),
    np.void(b"1"),
    np.datetime64("2026-01-01"),
    np.datetime64("2026-01-01", "ns"),
    np.timedelta64(5, "s"),
    np.timedelta64(5, "ns"),
    np.array([5], dtype="m8[ns]"),
    np.longdouble("1e4000"),
    np.array([1.0, 2.0]),
    np.array([]),
    np.array([["1"]]),
    np.array(None, dtype=object),
    np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    np.ma.masked,
    np.ma.array([1.0], mask=[True]),
    Tensor(0.5, shape=(2,)),
    Tensor(None),
    Tensor("0.5"),
    MetaTensor(0.5),
    TracedArray(),
    EagerTensor([1.0, 2.0]),
    EagerTensor("0.5"),
]


@pytest.mark.parametrize(("value", "expected"), [*NUMBERS, *LIMITS], ids=_named)
def test_numbers_are_exact(value: Any, expected: int | float) -> None:
    """Bit by bit, and as an int exactly where an int was given."""
    assert same_values([to_number("loss", value)], [expected])


@pytest.mark.parametrize(("value", "expected"), [*NUMBERS, *LIMITS], ids=_named)
def test_numbers_arrive_in_the_file(tmp_path: Path, value: Any, expected: int | float) -> None:
    """Alone and beside a plain number, whichever way the call takes."""
    tracker = ExperimentTracker("values", tmp_path, False, capture_environment=False)

    tracker.log_metrics({"it": value}, step=0)
    tracker.log_metrics({"plain": 0.5, "it": value}, step=1)
    tracker.finish()  # on a slow disk a value waits for its turn

    stored = entries_of(tracker.experiment_dir / "metrics.json")
    assert same_values([entry["it"] for entry in stored], [expected] * 2)
    assert stored[1]["plain"] == 0.5


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: type(value).__name__)
def test_what_is_not_a_number_is_refused_by_name(tmp_path: Path, value: Any) -> None:
    """The message names the metric and shows the value; nothing is written, not even the rest."""
    tracker = ExperimentTracker("values", tmp_path, False, capture_environment=False)
    tracker.log_metrics({"loss": 0.5}, step=0)
    before = (tracker.experiment_dir / "metrics.json").read_bytes()

    with pytest.raises(MetricValueError) as caught:
        tracker.log_metrics({"plain": 0.5, "val/µ": value}, step=1)

    assert isinstance(caught.value, TypeError)
    assert "'val/µ'" in str(caught.value)
    assert shown(value)[:20] in str(caught.value)
    assert (tracker.experiment_dir / "metrics.json").read_bytes() == before
    tracker.finish()


def test_pandas_says_missing() -> None:
    """Its missing values are no numbers; its scalars are numpy's."""
    pandas = pytest.importorskip("pandas")
    for value in (pandas.NA, pandas.NaT, pandas.Timestamp(0), pandas.Timedelta(5)):
        with pytest.raises(MetricValueError, match="'loss'"):
            to_number("loss", value)

    assert to_number("loss", pandas.Series([0.5])) == 0.5


def test_a_tensor_costs_one_sync() -> None:
    """On a GPU each one waits for all that was queued before."""
    tensor = Tensor(0.5)

    to_number("loss", tensor)

    assert tensor.syncs == 1


def test_the_reason_of_others_is_passed_on() -> None:
    """What torch or JAX say helps more than what we could."""
    with pytest.raises(MetricValueError, match=r"'loss'.*meta tensors"):
        to_number("loss", MetaTensor(0.0))
    with pytest.raises(MetricValueError, match=r"'loss'.*Traced<ShapedArray.*Abstract tracer"):
        to_number("loss", TracedArray())


class Rude:
    """Cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_what_cannot_be_shown_is_still_named() -> None:
    """A message about a mistake must not be a second one."""
    with pytest.raises(MetricValueError, match=r"'loss'.*unprintable: RuntimeError.*Rude"):
        to_number("loss", Rude())


def test_a_long_value_is_shown_by_its_start() -> None:
    """A message is read by people."""
    assert len(shown("x" * 10_000)) < 100


@pytest.mark.parametrize("metrics", [None, [("loss", 1)], "loss", 5, {"a"}])
def test_metrics_must_be_a_mapping(metrics: Any) -> None:
    """The message shows what came instead."""
    with pytest.raises(InvalidInputError, match=r"must map names to numbers, got"):
        to_numbers(metrics)


@pytest.mark.parametrize("name", [1, None, ("a",), b"loss", 0.5])
def test_names_are_texts(name: Any) -> None:
    """Nothing is turned into a text behind the caller's back."""
    with pytest.raises(InvalidInputError, match="metric name must be a text"):
        to_numbers({name: 1})


@pytest.mark.parametrize("name", ["step", "timestamp"])
def test_reserved_names(name: str) -> None:
    """Every entry keeps these two for itself; the message offers another name."""
    with pytest.raises(InvalidInputError, match=f"'{name}'.*train/{name}"):
        check_name("metric", name)

    assert check_name("tag", name) == name


def test_lone_surrogates_in_names() -> None:
    """No file can keep them; the message says where the first one stands."""
    with pytest.raises(InvalidInputError, match="position 2"):
        check_name("metric", "ab\udc80")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_other_name(name: str) -> None:
    """Property: kept as it is."""
    if name not in ("step", "timestamp"):
        assert check_name("metric", name) == name


@given(st.floats() | st.integers(min_value=-(10**50), max_value=10**50))
def test_any_number_round_trips(value: float) -> None:
    """Property: what strict JSON gives back is what was logged."""
    number = to_number("m", value)
    stored = strict_json(encode_entry(0.0, 0, {"m": number}))["m"]

    assert same_values([float(stored) if isinstance(stored, str) else stored], [value])


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (0, 0),
        (-5, -5),
        (3.0, 3),
        (np.int64(7), 7),
        (np.float32(7), 7),
        (True, 1),
        (2**63 - 1, 2**63 - 1),
        (-(2**63) + 1, -(2**63) + 1),
        (Decimal(4), 4),
        (Tensor(9), 9),
    ],
)
def test_steps(step: Any, expected: int) -> None:
    """Any whole number of 64 bits, in any of its forms."""
    assert same_values([to_step(step)], [expected])


@pytest.mark.parametrize("step", [0.5, math.nan, math.inf, 2**63, -(2**64), "3", None, [1], 1j])
def test_what_is_no_step(step: Any) -> None:
    """The message says what a step must be, and shows what came."""
    with pytest.raises(MetricValueError, match=r"^step must .*, got "):
        to_step(step)


def test_a_count_that_is_no_step_has_its_own_name() -> None:
    """The message names what the caller gave."""
    with pytest.raises(MetricValueError, match="repeat must be a whole number, got 'x'"):
        to_step("x", "repeat")


@pytest.mark.parametrize("text", [5, None, b"text", ["text"]])
def test_what_is_no_text(text: Any) -> None:
    """The message names what should be one, and shows what came."""
    with pytest.raises(InvalidInputError, match="'notes' must be a text, got "):
        check_text("notes", text)


@dataclass
class Config:
    """A configuration as people write them."""

    lr: float
    layers: tuple[int, ...]


class Optimizer(enum.Enum):
    """A choice."""

    ADAM = "adam"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        ("text ⚡\n", "text ⚡\n"),
        ([1, (2, "x")], [1, [2, "x"]]),
        ({"a": {"b": 1}, 3: 4}, {"a": {"b": 1}, "3": 4}),
        ({3, 1, 2}, [1, 2, 3]),
        (range(3), [0, 1, 2]),
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        (np.bool_(True), True),
        (Config(0.1, (64, 32)), {"lr": 0.1, "layers": [64, 32]}),
        (Optimizer.ADAM, "adam"),
        (Level.HIGH, 3),
        (PurePosixPath("/data"), "/data"),
        (Decimal("0.1"), "0.1"),
        (1 + 2j, "(1+2j)"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
    ],
    ids=_named,
)
def test_params_keep_what_json_can(value: Any, expected: object) -> None:
    """Everything else is kept as its text: a parameter is there to be read."""
    found = to_param("p", value)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "value", ["\ud800", ["\ud800"], {"\ud800": 1}, {"a": {"b": "\ud800"}}], ids=ascii
)
def test_params_with_lone_surrogates(value: Any) -> None:
    """Refused before anything is written."""
    with pytest.raises(InvalidInputError, match="lone surrogate"):
        to_param("p", value)


@pytest.mark.parametrize("make", [list, dict])
def test_params_that_hold_themselves(make: Callable[[], Any]) -> None:
    """A loop has no JSON form; it is refused, not followed for ever."""
    value = make()
    if isinstance(value, list):
        value.append(value)
    else:
        value["self"] = value

    with pytest.raises(InvalidInputError, match="'p"):
        to_param("p", value)
