"""The first page, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plotly.utils import PlotlyJSONEncoder

from neural.tracking.pages.experiments.columns import Column
from neural.tracking.pages.experiments.filter import filter_problem
from neural.tracking.pages.experiments.ids import Ids
from neural.tracking.pages.experiments.layout import layout
from neural.tracking.pages.experiments.rows import BLOCK, counts, rows, shown_columns
from neural.tracking.pages.experiments.trash import freed
from neural.tracking.pages.experiments.view import TableView
from neural.tracking.ui.page import AppContext, PageLocation

MakeRun = Callable[..., str]


def _text(component: Any) -> str:
    """Return what a component and all below it hold, as one text."""
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _find(component: Any, wanted: str) -> Any:
    return next(part for part in component._traverse() if getattr(part, "id", None) == wanted)


def test_empty_store(context: AppContext) -> None:
    """Without runs the page says where it looked and shows code to copy; no bare table."""
    page = layout(context, PageLocation())

    assert not _find(page, Ids.EMPTY).hidden
    assert _find(page, Ids.TABLE).hidden
    assert str(context.base_dir) in _text(page)
    assert "log_metrics" in _text(page)


def test_store_with_runs(context: AppContext, make_run: MakeRun) -> None:
    """With a run the table takes the place of the explanation."""
    make_run()

    page = layout(context, PageLocation())

    assert _find(page, Ids.EMPTY).hidden
    assert not _find(page, Ids.TABLE).hidden


def test_block_of_rows(context: AppContext, make_run: MakeRun) -> None:
    """A request for rows is answered with those rows and the number of all of them."""
    ids = [make_run(f"run{i}") for i in range(3)]

    answer = rows(context, {"startRow": 1, "endRow": 3, "sortModel": []}, TableView(), [])

    assert answer["rowCount"] == 3
    assert [row["id"] for row in answer["rowData"]] == [ids[1], ids[0]]
    assert answer["rowData"][0]["href"] == f"/experiments/{ids[1]}"


def test_filter_and_sort_happen_on_the_server(context: AppContext, make_run: MakeRun) -> None:
    """Rows that are not on screen count too."""
    low = make_run("a", params={"lr": 0.1})
    make_run("b", params={"lr": 5})
    high = make_run("a", params={"lr": 0.2})
    request = {"startRow": 0, "endRow": 10, "sortModel": [{"colId": "params.lr", "sort": "desc"}]}

    answer = rows(context, request, TableView(filter="name = 'a'"), [])

    assert [row["id"] for row in answer["rowData"]] == [high, low]


def test_a_request_for_everything_is_cut(context: AppContext, make_run: MakeRun) -> None:
    """However many rows a browser asks for, one block is sent."""
    make_run()

    answer = rows(context, {"startRow": 0, "endRow": 10**9, "sortModel": None}, TableView(), [])

    assert len(answer["rowData"]) <= BLOCK


def test_rows_are_json(context: AppContext, make_run: MakeRun) -> None:
    """NaN and infinities reach the browser as text."""
    make_run(metrics={"loss": [float("nan")]}, params={"lr": float("inf")})

    answer = rows(context, {"startRow": 0, "endRow": 1}, TableView(), [])

    json.dumps(answer, allow_nan=False)


def test_counts(context: AppContext, make_run: MakeRun, tmp_path: Path) -> None:
    """The line under the title counts all runs and those that need a look."""
    make_run()
    failed = make_run()
    metadata = next(tmp_path.glob(f"*_{failed}")) / "metadata.json"
    metadata.write_text(metadata.read_text().replace('"completed"', '"failed"'))

    text = _text(counts(context, TableView()))

    assert "2 runs" in text
    assert "1 failed" in text
    assert "running" not in text


def test_counts_with_a_filter(context: AppContext, make_run: MakeRun) -> None:
    """With a filter the line says how many runs it leaves."""
    make_run("a")
    make_run("b")

    assert "1 of 2 runs" in _text(counts(context, TableView(filter="name = 'a'")))


def test_statuses_are_counted_within_the_filter(context: AppContext, make_run: MakeRun) -> None:
    """A status of runs that the filter leaves out is not counted, and a link keeps the filter."""
    context.manager.annotate(make_run("a"), archived=True)
    make_run("a")
    make_run("b")

    some = _text(counts(context, TableView(filter="name = 'a'")))
    none = _text(counts(context, TableView(filter="name = 'b'")))

    assert "1 archived" in some
    assert "name+%3D+%27a%27+and+archived" in some
    assert "archived" not in none


@pytest.mark.parametrize("text", ["", "  ", "status = 'failed'", "resnet"])
def test_filters_that_are_fine(text: str) -> None:
    """A filter that can be understood has no complaint."""
    assert filter_problem(text) == []


def test_a_mistake_is_pointed_at() -> None:
    """The complaint stands with the text, and the place of the mistake is marked."""
    message, place = filter_problem("name = 'a' and or status = 'b'")

    before, mark, rest = place.children
    assert message.children
    assert before + mark.children + rest == "name = 'a' and or status = 'b'"
    assert (before, mark.className) == ("name = 'a' and ", "aq-filter-mark")


def test_a_mistake_in_the_address(context: AppContext, make_run: MakeRun) -> None:
    """A link with a filter that cannot be understood shows all runs and the complaint."""
    make_run()

    page = layout(context, PageLocation(search="?filter=status%20%3D"))

    assert _find(page, Ids.FILTER).data == ""
    assert _find(page, Ids.FILTER_TEXT).value == "status ="
    assert _find(page, Ids.PROBLEM).children


def test_state_comes_from_the_address(context: AppContext, make_run: MakeRun) -> None:
    """Filter and sort of a link are in force from the first block on."""
    make_run()

    page = layout(context, PageLocation(search="?filter=status%20%3D%20'failed'&sort=-name"))

    assert _find(page, Ids.FILTER).data == "status = 'failed'"
    assert _find(page, Ids.SORT).data == ["-name"]


def test_a_broken_run_is_a_row(context: AppContext, make_run: MakeRun, tmp_path: Path) -> None:
    """A run that cannot be read is listed with what is wrong, and hides no other."""
    whole, broken = make_run(), make_run()
    (next(tmp_path.glob(f"*_{broken}")) / "hyperparameters.json").write_text("{")

    answer = rows(context, {"startRow": 0, "endRow": 9}, TableView(), [])

    problems = {row["id"]: row["problem"] for row in answer["rowData"]}
    assert problems[whole] == ""
    assert "hyperparameters.json" in problems[broken]


BLOCK_REQUEST = {"startRow": 0, "endRow": 50, "sortModel": []}


def _names(answer: dict[str, Any]) -> list[str]:
    return [row["name"] for row in answer["rowData"]]


def test_pinned_runs_stand_on_top(context: AppContext, make_run: MakeRun) -> None:
    """However the table is sorted."""
    first = make_run("a")
    make_run("b")
    make_run("c")
    context.manager.annotate(first, pinned=True)
    by_name = BLOCK_REQUEST | {"sortModel": [{"colId": "name", "sort": "desc"}]}

    assert _names(rows(context, BLOCK_REQUEST, TableView(), [])) == ["a", "c", "b"]
    assert _names(rows(context, by_name, TableView(), [])) == ["a", "c", "b"]


def test_archived_runs_are_hidden_unless_asked_for(context: AppContext, make_run: MakeRun) -> None:
    """Asked for by the option, or by a filter that speaks of them."""
    context.manager.annotate(make_run("old"), archived=True)
    make_run("new")

    def names(view: TableView) -> list[str]:
        return _names(rows(context, BLOCK_REQUEST, view, []))

    assert names(TableView()) == ["new"]
    assert names(TableView(archived=True)) == ["new", "old"]
    assert names(TableView(filter="archived = true")) == ["old"]


def test_extra_figures_are_in_the_rows(context: AppContext, make_run: MakeRun) -> None:
    """A column that the listing of runs does not have is filled all the same."""
    make_run(metrics={"loss": [1.0, 3.0]})
    mean = Column("metrics.loss.mean", "mean", "loss")

    (row,) = rows(context, BLOCK_REQUEST, TableView(), [mean])["rowData"]

    assert row[mean.key] == "2"


def test_groups_with_their_members(context: AppContext, make_run: MakeRun) -> None:
    """A group is a row with mean and deviation; open, its members stand below it."""
    for seed, value in enumerate((1.0, 2.0, 3.0)):
        make_run("a", metrics={"loss": [value]}, params={"lr": 0.1, "seed": seed})
    make_run("b", metrics={"loss": [5.0]}, params={"lr": 0.2, "seed": 0})
    loss = Column("metrics.loss", "last", "loss")
    view = TableView(group=("all but seed",))

    closed = rows(context, BLOCK_REQUEST, view, [loss])
    key = closed["rowData"][1]["key"]
    opened = rows(context, BLOCK_REQUEST | {"open": [key]}, view, [loss])

    assert [(row["count"], row[loss.key]) for row in closed["rowData"]] == [(1, "5"), (3, "2 ± 1")]
    assert opened["rowCount"] == 5
    assert [row.get("kind") for row in opened["rowData"]] == ["group", "group", *["member"] * 3]


def test_a_group_names_its_members(context: AppContext, make_run: MakeRun) -> None:
    """What selecting a whole group selects."""
    ids = {make_run("a"), make_run("a")}

    (row,) = rows(context, BLOCK_REQUEST, TableView(group=("name",)), [])["rowData"]

    assert set(row["members"]) == ids


def test_groups_are_sorted_by_their_mean(context: AppContext, make_run: MakeRun) -> None:
    """Not by their best member."""
    for name, loss in (("a", 1.0), ("a", 9.0), ("b", 3.0)):
        make_run(name, metrics={"loss": [loss]})
    request = BLOCK_REQUEST | {"sortModel": [{"colId": "metrics.loss", "sort": "asc"}]}

    assert _names(rows(context, request, TableView(group=("name",)), [])) == ["b", "a"]


def test_constant_columns_can_be_hidden(context: AppContext, make_run: MakeRun) -> None:
    """Constant among the runs that the filter leaves."""
    make_run("a", params={"lr": 0.1, "width": 1})
    make_run("a", params={"lr": 0.1, "width": 2})
    make_run("b", params={"lr": 0.2, "width": 2})
    view = TableView(columns=("params.lr", "params.width"), varying=True, filter="name = 'a'")

    assert [column.name for column in shown_columns(context, view)] == ["width"]


def test_trash_in_the_address(context: AppContext, make_run: MakeRun) -> None:
    """What was thrown away is listed with its size, and can come back."""
    run = make_run("gone")
    context.manager.delete_experiment(run)

    page = layout(context, PageLocation(search="?trash=1"))

    assert "gone" in _text(page)
    assert _find(page, Ids.RESTORE) is not None
    assert freed(context, [run])[0] == 1
    assert freed(context, None)[1] > 0
