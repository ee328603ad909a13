"""The columns of the table of runs: how one is spelled, which ones a table chooses itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from neural.errors import FilterSyntaxError
from neural.tracking.pages.metric_sections import telling
from neural.tracking.pages.param_diff import value_text
from neural.tracking.query import parse_sort
from neural.tracking.query.fields import BUILT_IN, STATS, spell_field

__all__ = [
    "JUDGED",
    "MOST_COLUMNS",
    "Column",
    "at_column",
    "choose_columns",
    "column_of",
    "columns_of",
    "latest_of",
    "spark_column",
    "with_new",
    "without_constant",
]

#: What fits on a wide screen beside the columns that are always there.
MOST_METRICS = 2
MOST_PARAMS = 5
#: More columns than this are no table any more.
MOST_COLUMNS = 60

#: Figures of a metric of which one is better than another.
JUDGED = ("last", "best", "min", "max", "mean")

_SPARK = "trend of "
_AT = " at best of "


class Column(NamedTuple):
    """A column that depends on what was logged; travels to the browser and back as a list.

    Attributes:
        key: What it shows, as the filter language spells it: ``metrics."val/acc".best``; for what
            that has no words for, ``trend of metrics.loss`` or
            ``metrics.acc at best of metrics.loss``. Also the id of the column and what stands in
            the address.
        kind: One of ``query.fields.STATS``, ``"param"``, ``"tag"``, ``"fact"`` (host, ended, …),
            ``"spark"`` (the course of a metric) or ``"at"`` (a metric where another was best).
        name: Of the metric, the parameter, the tag or the fact.
        other: For ``"at"``: the metric that was best.
    """

    key: str
    kind: str
    name: str
    other: str = ""

    @property
    def fact(self) -> str:
        """The fact that sorts it and tells whether it varies: ``metrics.loss.best``."""
        if self.kind in ("spark", "at"):
            return f"metrics.{self.name}.last"
        prefix = {"param": "params.", "tag": "tags.", "fact": ""}.get(self.kind)
        return f"metrics.{self.name}.{self.kind}" if prefix is None else prefix + self.name

    @property
    def family(self) -> tuple[str, str]:
        """What it stands under a common heading with: other figures of its metric, parameters."""
        return (self.kind, "") if self.kind in ("param", "tag", "fact") else ("metric", self.name)

    @property
    def is_slow(self) -> bool:
        """Whether its cells need a look into the series of a run; such a column cannot sort."""
        return self.kind in ("spark", "at")


def column_of(text: str) -> Column | None:
    """Return the column that ``text`` spells, or ``None`` if there is no such column."""
    if text.startswith(_SPARK):
        metric = _field(text.removeprefix(_SPARK))
        return spark_column(metric.name) if metric and metric.kind == "last" else None
    before, at, after = text.partition(_AT)
    if not at:
        return _field(text)
    metric, other = _field(before), _field(after)
    if metric is None or other is None or not metric.kind == other.kind == "last":
        return None
    return at_column(metric.name, other.name)


def spark_column(metric: str) -> Column:
    """Return the column that draws the course of a metric."""
    return Column(f"{_SPARK}{spell_field(f'metrics.{metric}.last')}", "spark", metric)


def at_column(metric: str, other: str) -> Column:
    """Return the column with the value of ``metric`` at the step at which ``other`` was best."""
    names = (spell_field(f"metrics.{name}.last") for name in (metric, other))
    return Column(_AT.join(names), "at", metric, other)


def _field(text: str) -> Column | None:
    try:
        keys = parse_sort(text)
    except FilterSyntaxError:
        return None
    if len(keys) != 1 or keys[0].descending:
        return None
    key = keys[0].key
    if key in BUILT_IN:
        return Column(key, "fact", key)
    head, _, name = key.partition(".")
    if head == "metrics":
        name, _, stat = name.rpartition(".")
        return Column(spell_field(key), stat, name) if stat in STATS else None
    return Column(spell_field(key), {"params": "param", "tags": "tag"}[head], name)


def columns_of(texts: Iterable[str]) -> list[Column]:
    """Return the columns that ``texts`` spell, each once; what is none is left out."""
    found = [column for text in texts if (column := column_of(text)) is not None]
    return list(dict.fromkeys(found))[:MOST_COLUMNS]


def choose_columns(rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return columns for the metrics most runs have, and for the parameters that vary.

    Args:
        rows: Some runs, as the manager lists them; the newest are enough.
    """
    uses = Counter(name for row in rows for name in latest_of(row))
    common = [name for name, count in uses.most_common() if 2 * count >= max(uses.values())]
    columns: list[Column] = []
    for name in telling(common)[:MOST_METRICS]:
        keys = ((kind, spell_field(f"metrics.{name}.{kind}")) for kind in ("last", "best"))
        columns += [Column(key, kind, name) for kind, key in keys]
        columns += [] if len(columns) > 2 else [spark_column(name)]
    names = _varying([row.get("hyperparameters") or {} for row in rows])
    columns += [
        Column(spell_field(f"params.{name}"), "param", name) for name in names[:MOST_PARAMS]
    ]
    return columns


def with_new(shown: Sequence[Column], chosen: Sequence[Column]) -> list[Column]:
    """Return ``shown`` and those of ``chosen`` for which there is still room.

    A table that is being looked at may grow a column, but never loses or swaps one.
    """
    room = {"param": MOST_PARAMS, "last": MOST_METRICS, "best": MOST_METRICS, "spark": 1}
    for column in shown:
        room[column.kind] = room.get(column.kind, 0) - 1
    columns = list(shown)
    for column in chosen:
        if column not in columns and room[column.kind] > 0:
            columns.append(column)
            room[column.kind] -= 1
    return columns


def without_constant(columns: Sequence[Column], varying: Iterable[str]) -> list[Column]:
    """Return the columns whose cells are not all alike.

    Args:
        columns: Some columns.
        varying: Facts that are not the same in all runs; see ``RunLibrary.varying``.
    """
    wanted = set(varying)
    return [column for column in columns if column.fact in wanted]


def _varying(params: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names whose value is not the same in all of ``params``; of one run, all."""
    names = dict.fromkeys(name for values in params for name in values)
    if len(params) < 2:
        return list(names)
    texts = {
        name: {value_text(values[name]) if name in values else None for values in params}
        for name in names
    }
    return [name for name, found in texts.items() if len(found) > 1]


def latest_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the last value of each metric of a run, as the manager lists it."""
    return (row.get("summary") or {}).get("latest") or {}
