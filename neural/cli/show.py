"""``neural show``: one run in full."""

from __future__ import annotations

from pathlib import Path

import typer

from neural.cli.options import BaseDir, Json, RunId, open_manager, resolve
from neural.cli.output import number, print_json, print_pairs, print_table, size, when

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("show")(run)


def run(
    run_id: RunId,
    as_json: Json = False,
    base_dir: BaseDir = Path("neural_experiments"),
) -> None:
    """Show the parameters, metrics and artifacts of a run."""
    manager = open_manager(base_dir)
    rows = manager.list_experiments()
    found = resolve(rows, run_id)
    row = next(r for r in rows if r["experiment_id"] == found)
    record = manager.run(found)
    artifacts = manager.artifacts(found)
    if as_json:
        print_json(
            row | {"artifacts": {a.name: {"path": a.path, "size": a.size} for a in artifacts}}
        )
        return
    print_pairs(
        [
            ("id", found),
            ("name", record.experiment_name),
            ("status", record.status),
            ("started", when(row["start_time"])),
            ("ended", when(row["end_time"])),
            ("group", record.group),
            ("tags", ", ".join(f"{k}={v}" if v else k for k, v in record.tags.items())),
            ("notes", record.notes),
            ("folder", base_dir / record.folder),
            *(("problem", problem) for problem in record.problems),
        ]
    )
    print()
    print_table(["parameter", "value"], [[n, number(v)] for n, v in row["hyperparameters"].items()])
    print()
    best = row["summary"].get("best", {})
    print_table(
        ["metric", "last", "at step", "best", "at step", "points"],
        [
            [
                name,
                number(m.last),
                m.last_step,
                number(best.get(name, {}).get("value")),
                number(best.get(name, {}).get("step")),
                m.count,
            ]
            for name, m in record.metrics.items()
        ],
    )
    if artifacts:
        print()
        print_table(
            ["artifact", "type", "size", "sha256"],
            [[a.name, a.type, size(a.size), (a.checksum or "-")[:12]] for a in artifacts],
        )
