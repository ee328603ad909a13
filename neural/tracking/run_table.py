"""Runs as a pandas table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from neural._optional import optional_import

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["dataframe"]

_PLAIN = (
    "experiment_id",
    "experiment_name",
    "status",
    "start_time",
    "end_time",
    "duration",
    "display_name",
    "group",
    "repeat",
    "parent",
    "archived",
    "pinned",
    "notes",
    "folder",
)
_TIMES = ("start_time", "end_time")


def dataframe(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return listed runs as a table, a row each.

    Columns are named as in filters: ``params.lr``, ``metrics.loss.last``, ``metrics.loss.best``,
    ``tags.team``. Times are timestamps in UTC.

    Args:
        rows: Runs as the manager lists them.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    pandas = optional_import("pandas", extra="analysis", purpose="return runs as a table")
    flat = [_flat(row) for row in rows]
    columns = list(dict.fromkeys([*_PLAIN, *(name for row in flat for name in row)]))
    table = pandas.DataFrame(flat, columns=columns)
    for name in _TIMES:
        table[name] = pandas.to_datetime(table[name], utc=True, format="ISO8601")
    return table


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    figures = row["summary"]
    flat = {name: row[name] for name in _PLAIN}
    flat |= {f"params.{name}": value for name, value in row["hyperparameters"].items()}
    flat |= {f"metrics.{name}.last": value for name, value in figures["latest"].items()}
    flat |= {f"metrics.{name}.best": best["value"] for name, best in figures["best"].items()}
    flat |= {f"tags.{name}": text for name, text in row["tags"].items()}
    return flat
