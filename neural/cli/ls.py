"""``neural ls``: list runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from neural.cli.options import BaseDir, Json, open_manager
from neural.cli.output import number, print_json, print_table, when

__all__ = ["register"]

_FIXED = ("experiment_id", "experiment_name", "status", "start_time")
#: Columns for metrics that are shown unless others are asked for.
_METRIC_COLUMNS = 4
#: Of metrics that equally many runs have, these tell most about a run.
_VALIDATION = re.compile(r"\b_?(val|valid|validation|test|eval)(?![a-z])", re.IGNORECASE)
_TIMES = ("start_time", "end_time")


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
    rows = open_manager(base_dir).search(filter_text, sort=sort, limit=limit)
    if as_json:
        print_json(rows)
        return
    names = columns.split(",") if columns else _default_columns(rows)
    names = [name.strip() for name in names if name.strip()]
    print_table(names, [[_cell(row, name) for name in names] for row in rows])


def _default_columns(rows: list[dict[str, Any]]) -> list[str]:
    """Return the fixed columns and the best values of the metrics that most runs have."""
    counts: dict[str, int] = {}
    for row in rows:
        for metric in row["summary"].get("best", {}):
            counts[metric] = counts.get(metric, 0) + 1
    common = sorted(counts, key=lambda m: (-counts[m], not _VALIDATION.search(m)))
    common = common[:_METRIC_COLUMNS]
    return [*_FIXED, *(f"metrics.{metric}.best" for metric in common)]


def _cell(row: dict[str, Any], name: str) -> str:
    kind, _, rest = name.partition(".")
    if kind == "params":
        return number(row["hyperparameters"].get(rest))
    if kind == "tags":
        return number(row["tags"].get(rest))
    if kind == "metrics":
        metric, _, figure = rest.rpartition(".")
        if figure == "best":
            return number(row["summary"].get("best", {}).get(metric, {}).get("value"))
        latest = row["summary"].get("latest", {})
        return number(latest.get(metric if figure == "last" else rest))
    name = {"id": "experiment_id", "name": "experiment_name", "created": "start_time"}.get(
        name, name
    )
    value = row.get(name)
    if name == "tags":
        return ", ".join(f"{k}={v}" if v else k for k, v in (value or {}).items())
    return when(value) if name in _TIMES else number(value)
