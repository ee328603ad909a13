"""``neural ls``: list runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neural.cli.options import BaseDir, Json, open_manager
from neural.cli.output import clean, number, print_json, print_table, when

if TYPE_CHECKING:
    from neural.tracking.experiment_manager import ExperimentManager

__all__ = ["register"]

_FIXED = ("experiment_id", "experiment_name", "status", "start_time")
#: Columns for metrics that are shown unless others are asked for.
_METRIC_COLUMNS = 4
#: Of metrics that equally many runs have, these tell most about a run.
_VALIDATION = re.compile(r"\b_?(val|valid|validation|test|eval)(?![a-z])", re.IGNORECASE)
#: Columns that are no single fact.
_WHOLE = ("tags", "problems")
#: Facts that a row of a listing says under another name.
_IN_ROW = {
    "id": "experiment_id",
    "name": "experiment_name",
    "created": "start_time",
    "ended": "end_time",
}
_TIMES = ("created", "ended", "updated")
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not inside of double quotes


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("ls")(run)


def run(
    filter_text: Annotated[
        str,
        typer.Argument(metavar="FILTER", help="Such as: metrics.loss < 0.1 and params.lr = 0.01"),
    ] = "",
    sort: Annotated[
        str | None, typer.Option(help="Such as metrics.loss.best, or -created for newest first.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Comma separated, such as: id,name,params.lr,metrics.loss.best"),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0)] = None,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """List the runs that FILTER lets through, newest first."""
    manager = open_manager(base_dir)
    rows = manager.search(filter_text, sort=sort, limit=limit)
    if as_json:
        print_json(rows)
        return
    if not rows:
        found = "No run fits the filter" if filter_text.strip() else "There are no runs"
        print(f"{found} in {clean(base_dir)}", file=sys.stderr)
    names = _COMMA.split(columns) if columns else _default_columns(rows)
    names = [name.strip() for name in names if name.strip()]
    keys = [name if name in _WHOLE else _key(name) for name in names]
    print_table(names, [[_cell(manager, row, key) for key in keys] for row in rows])


def _key(name: str) -> str:
    """Return the fact that a column shows.

    Raises:
        FilterSyntaxError: There is no such field.
    """
    from neural.tracking.query import parse_sort

    return parse_sort(name)[0].key


def _default_columns(rows: list[dict[str, Any]]) -> list[str]:
    """Return the fixed columns and the best values of the metrics that most runs have."""
    from neural.tracking.query.fields import spell_name
    from neural.tracking.records import SYSTEM_PREFIX

    counts: dict[str, int] = {}
    for row in rows:
        for metric in row["summary"].get("best", {}):
            if not metric.startswith(SYSTEM_PREFIX):  # no memory is the best
                counts[metric] = counts.get(metric, 0) + 1
    common = sorted(counts, key=lambda m: (-counts[m], not _VALIDATION.search(m)))
    common = common[:_METRIC_COLUMNS]
    return [*_FIXED, *(f"metrics.{spell_name(metric)}.best" for metric in common)]


def _cell(manager: ExperimentManager, row: dict[str, Any], key: str) -> str:
    if key == "tags":
        return ", ".join(f"{k}={v}" if v else k for k, v in row["tags"].items())
    if key == "problems":
        return "; ".join(row["problems"])
    value = _fact(manager, row, key)
    return when(value) if key in _TIMES else number(value)


def _fact(manager: ExperimentManager, row: dict[str, Any], key: str) -> Any:
    """Return a fact of a run, from its row if that says it."""
    kind, _, name = key.partition(".")
    if kind == "params":
        return row["hyperparameters"].get(name)
    if kind == "tags":
        return row["tags"].get(name)
    metric, _, figure = name.rpartition(".")
    if figure == "last":
        return row["summary"]["latest"].get(metric)
    if figure == "best":
        return row["summary"]["best"].get(metric, {}).get("value")
    in_row = _IN_ROW.get(key, key)
    if in_row in row:
        return row[in_row]
    from neural.tracking.storage.facts import facts_of

    return facts_of(manager.run(row["experiment_id"])).get(key)
