"""The choice of columns, the filter's hints, and the look at a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from plotly.utils import PlotlyJSONEncoder

from neural.tracking.pages.experiments.filter import MOST_HINTS, hints
from neural.tracking.pages.experiments.groups import group_options
from neural.tracking.pages.experiments.peek import peek_body
from neural.tracking.pages.experiments.picker import (
    MOST_NAMES,
    available,
    merged_choice,
    picker_lists,
    value_at_best,
)
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_everything_that_was_logged_can_be_a_column(context: AppContext, make_run: MakeRun) -> None:
    """Metrics in the chosen figure, parameters, tags, and what the machine did."""
    metrics = {"loss": [1.0], "system/cpu_percent": [5.0]}
    make_run(metrics=metrics, params={"optimizer": {"lr": 0.1}}, tags={"team": "x"})

    found = available(context.manager, "", "mean")

    keys = {section: [column.key for column in columns] for section, (columns, _) in found.items()}
    assert keys["Metrics"] == ["metrics.loss.mean"]
    assert keys["System"] == ["metrics.system/cpu_percent.mean"]
    assert keys["Parameters"] == ["params.optimizer.lr"]
    assert keys["Tags"] == ["tags.team"]
    assert "host" in keys["Run"]


def test_search_in_the_picker(context: AppContext, make_run: MakeRun) -> None:
    """Sections without a fitting name are not shown."""
    make_run(metrics={"val/loss": [1.0], "val/acc": [1.0]}, params={"lr": 0.1})

    found = available(context.manager, "LOSS val", "last")

    assert {s: [c.name for c in columns] for s, (columns, _) in found.items()} == {
        "Metrics": ["val/loss"]
    }


def test_thousands_of_metrics(context: AppContext, make_run: MakeRun) -> None:
    """The list is cut and says by how much."""
    make_run(metrics={f"m{i:03}": [1.0] for i in range(MOST_NAMES + 7)})

    columns, more = available(context.manager, "", "last")["Metrics"]

    assert (len(columns), more) == (MOST_NAMES, 7)
    assert "7 more" in _text(picker_lists({"Metrics": (columns, more)}, []))


def test_ticking_keeps_the_order() -> None:
    """What was shown keeps its place, what is new comes last, the hidden rest is not touched."""
    after = merged_choice(["a", "b", "c"], ["b", "c", "d"], ["d", "c"])

    assert after == ["a", "c", "d"]


def test_a_name_that_breaks_the_drop_down_is_not_in_it(
    context: AppContext, make_run: MakeRun
) -> None:
    """It would change the prototype of every object of the page."""
    make_run(params={"__proto__": 1, "lr": 0.1})

    values = [option["value"] for option in group_options(context.manager)]

    assert "params.lr" in values
    assert "params.__proto__" not in values
    assert "__proto__" not in _text(value_at_best(["loss", "a__proto__"]))


def test_a_new_column_stands_beside_its_family() -> None:
    """Another figure of a metric beside the first, not at the end under a heading of its own."""
    before = ["metrics.loss", "params.lr", "tags.team"]

    after = merged_choice(
        before, ["metrics.loss.best", "params.width"], ["metrics.loss.best", "params.width"]
    )

    assert after == ["metrics.loss", "metrics.loss.best", "params.lr", "params.width", "tags.team"]


def test_hints_name_what_is_in_the_store(context: AppContext, make_run: MakeRun) -> None:
    """At a field its name; behind an operator the texts that it has."""
    make_run(params={"optimizer": "adam", "lr": 0.1})

    field = hints(context.manager, {"text": "params.opt", "position": 10, "number": 7})
    value = hints(context.manager, {"text": "params.optimizer = ", "position": 19, "number": 8})

    assert (field["items"], field["number"], field["start"]) == (["params.optimizer"], 7, 0)
    assert value["items"] == ["'adam'"]


def test_hints_are_few(context: AppContext, make_run: MakeRun) -> None:
    """A list that nobody would read to its end is not sent."""
    make_run(params={f"p{i}": i for i in range(100)})

    assert len(hints(context.manager, {"text": "", "position": 0})["items"]) == MOST_HINTS


def test_look_at_a_run(context: AppContext, make_run: MakeRun) -> None:
    """Figures, parameters and what is said about it stand beside the table."""
    run = make_run("digits", metrics={"loss": [1.0, 0.5, 0.75]}, params={"lr": 0.125})

    text = _text(peek_body(context, run))

    assert all(part in text for part in ("digits", run, "0.75", " @1", "0.125"))


def test_look_at_nothing(context: AppContext) -> None:
    """No row, and a row whose run is gone, are said in words."""
    assert "Choose a row" in _text(peek_body(context, None))
    assert "not there any more" in _text(peek_body(context, "gone"))
