"""``neural compare``: what differs between runs, and how well each did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neural.cli.options import BaseDir, Json, RunIds, open_manager, resolve
from neural.cli.output import number, print_json, print_table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("compare")(run)


def run(
    run_ids: RunIds,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Show parameters that are equal, too.")
    ] = False,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Compare the parameters and best values of runs, a column each."""
    every = open_manager(base_dir).list_experiments()
    ids = list(dict.fromkeys(resolve(every, start) for start in run_ids))
    rows = [next(r for r in every if r["experiment_id"] == i) for i in ids]
    params = _params(rows, everything)
    best = _best(rows)
    if as_json:
        print_json({"experiment_ids": ids, "parameters": params, "best": best})
        return
    lines = [[name, *map(number, values)] for name, values in params.items()]
    lines += [
        [f"{name} ({entry['mode']})", *map(number, entry["values"])] for name, entry in best.items()
    ]
    print_table(["", *(f"{r['experiment_name']} {r['experiment_id']}" for r in rows)], lines)


def _params(rows: list[dict[str, Any]], everything: bool) -> dict[str, list[Any]]:
    """Return parameter -> value in each run; by default only those that differ."""
    names = dict.fromkeys(name for row in rows for name in row["hyperparameters"])
    found = {name: [row["hyperparameters"].get(name) for row in rows] for name in names}
    if everything or len(rows) < 2:
        return found
    return {n: v for n, v in found.items() if any(repr(x) != repr(v[0]) for x in v)}


def _best(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return metric -> its direction and the best value in each run."""
    found: dict[str, dict[str, Any]] = {}
    for position, row in enumerate(rows):
        for name, entry in row["summary"].get("best", {}).items():
            line = found.setdefault(name, {"mode": entry["mode"], "values": [None] * len(rows)})
            line["values"][position] = entry["value"]
    return found
