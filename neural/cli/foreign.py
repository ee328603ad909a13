"""``neural open``, and the half of ``neural import`` that copies runs of other trackers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from neural.cli.options import Json, resolve
from neural.cli.output import clean, number, print_json, print_pairs, print_table, when
from neural.errors import NotFoundError

__all__ = ["As", "has_foreign_runs", "import_foreign", "register"]

As = Annotated[
    str | None,
    typer.Option("--as", help="Take PATH for this kind of log, whatever it looks like: csv."),
]
#: What was left out is told up to here; --json tells all.
_MOST_SKIPPED = 20


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("open")(run)


def run(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files and folders.")],
    show: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one run instead of all.")
    ] = None,
    filter_text: Annotated[str, typer.Option("--filter", help="Such as: metrics.loss < 0.1")] = "",
    sort: Annotated[str | None, typer.Option(help="Such as metrics.loss.best.")] = None,
    kind: As = None,
    as_json: Json = False,
) -> None:
    """List the runs of other trackers where they lie; nothing is copied, and nothing changed."""
    from neural.tracking.query import parse, parse_sort
    from neural.tracking.source_store import SourceStore

    store = SourceStore(paths, kind=kind)
    page = store.page(parse(filter_text), parse_sort(sort or ""))
    if show is not None:
        _show(store, resolve(page.rows, show), as_json)
        return
    if as_json:
        skipped = [asdict(one) for one in store.skipped]
        print_json({"runs": page.rows, "skipped": skipped})
        return
    if not page.rows:
        print(f"There are no runs in {clean(', '.join(map(str, paths)))}", file=sys.stderr)
    columns = ("id", "source", "experiment", "run", "status", "started", "metrics", "params")
    print_table(columns, [_row(row) for row in page.rows])
    _tell_skipped([str(one) for one in store.skipped])


def _row(row: dict[str, Any]) -> list[object]:
    return [
        row["experiment_id"],
        row["tags"].get("source"),
        row["experiment_name"],
        row["display_name"],
        row["status"],
        when(row["start_time"]),
        len(row["summary"]["latest"]),
        len(row["hyperparameters"]),
    ]


def _show(store: Any, run_id: str, as_json: bool) -> None:
    record = store.record(run_id)
    summaries = record.metrics
    if as_json:
        figures = {name: asdict(summary) for name, summary in summaries.items()}
        params = dict(record.params)
        print_json(
            {"id": run_id, "name": record.display_name, "params": params, "metrics": figures}
        )
        return
    print_pairs(
        [
            ("id", run_id),
            ("source", record.tags.get("source")),
            ("experiment", record.experiment_name),
            ("run", record.display_name),
            ("status", record.status),
            ("started", when(record.start_time)),
            ("ended", when(record.end_time)),
            ("place", record.folder),
            ("images, texts and histograms", len(store.media(run_id))),
            ("artifacts", len(store.files(run_id))),
            *(("note", problem) for problem in record.problems),
        ]
    )
    print()
    print_table(["parameter", "value"], [[n, number(v)] for n, v in record.params.items()])
    print()
    print_table(
        ["metric", "last", "at step", "min", "max", "points"],
        [
            [name, number(m.last), m.last_step, number(m.min), number(m.max), m.count]
            for name, m in summaries.items()
        ],
    )


def has_foreign_runs(path: Path, kind: str | None) -> bool:
    """Tell whether a path is to be imported from another tracker.

    Raises:
        NotFoundError: It is a folder, and holds no runs of any kind that is known.
    """
    from neural.tracking.detection import detect
    from neural.tracking.sources import sources

    if kind is not None:
        return True
    if not path.exists():
        return False
    found = detect(path).detections
    if path.is_dir() and not found:
        raise NotFoundError(
            f"There are no runs of other trackers in {str(path)!r}. If you know what it holds, "
            f"say so with --as and one of: {', '.join(sources)}"
        )
    return bool(found)


def import_foreign(path: Path, base_dir: Path, kind: str | None, as_json: bool) -> None:
    """Copy runs of other trackers into a store, and print what became of each."""
    from neural.tracking.source_import import import_sources

    done = import_sources(path, base_dir, kind=kind)
    if as_json:
        skipped = [asdict(one) for one in done.skipped]
        print_json({"runs": [asdict(one) for one in done.runs], "skipped": skipped})
        return
    columns = ("id", "outcome", "points", "source", "run", "note")
    rows = [(r.experiment_id, r.outcome, r.points, r.kind, r.name, r.reason) for r in done.runs]
    print_table(columns, rows)
    _tell_skipped([str(one) for one in done.skipped])


def _tell_skipped(skipped: Sequence[str]) -> None:
    for one in skipped[:_MOST_SKIPPED]:
        print(f"left out: {clean(one)}", file=sys.stderr)
    if len(skipped) > _MOST_SKIPPED:
        more = len(skipped) - _MOST_SKIPPED
        print(f"and {more} more things were left out; --json lists them", file=sys.stderr)
