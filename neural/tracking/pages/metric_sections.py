"""Which charts a page shows: metrics by section, searched, and a dozen at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from neural.tracking.summary import MINIMISED

__all__ = [
    "CHARTS_PER_PAGE",
    "ChartPage",
    "Section",
    "chart_page",
    "has_direction",
    "matching",
    "sections",
    "telling",
]

#: A browser draws this many charts at once without being slow.
CHARTS_PER_PAGE = 12
#: Headings of closed sections that fit between the charts of one page.
HEADINGS_PER_PAGE = 40

_WORDS = re.compile(r"[^\W\d_]+")
#: How the names of metrics on data that was kept back begin, and words of metrics worth a look.
_HELD_OUT = ("val", "test", "eval", "dev")
_TELLING = MINIMISED | {"acc", "accuracy", "auc", "f", "score", "bleu", "map", "reward", "return"}

#: What metrics without a ``/`` stand under.
PLAIN = "metrics"
#: What the machine did, not the model: shown last, and closed until asked for.
SYSTEM = "system"


@dataclass(frozen=True)
class Section:
    """Metrics whose names share what stands before their first ``/``, in logging order."""

    name: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class ChartPage:
    """One page of charts.

    Attributes:
        groups: Each section of this page with the metrics of it that are drawn here; a
            closed section comes with none.
        number: Page, counted from 1.
        pages: How many pages there are, at least 1.
        first: Place of the first chart among all open ones, counted from 1; 0 if there is none.
        last: The same of the last chart.
        total: Charts of all open sections together.
        unlisted: Closed sections whose heading did not fit on the page.
    """

    groups: tuple[tuple[Section, tuple[str, ...]], ...]
    number: int
    pages: int
    first: int
    last: int
    total: int
    unlisted: int = 0


def sections(names: Iterable[str]) -> list[Section]:
    """Return ``names`` by section, in the order in which the sections first appear.

    What was measured on data that was kept back comes first, because it counts most; what the
    machine did (``system/…``) comes last.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        prefix, slash, _ = name.partition("/")
        groups.setdefault(prefix if slash and prefix else PLAIN, []).append(name)
    ordered = sorted(groups, key=lambda name: (name == SYSTEM, not _is_held_out(name)))
    return [Section(name, tuple(groups[name])) for name in ordered]


def _is_held_out(name: str) -> bool:
    return any(word.startswith(_HELD_OUT) for word in _WORDS.findall(name.casefold()))


def telling(names: Iterable[str], chosen: Collection[str] = ()) -> list[str]:
    """Return ``names`` with those first that say most about a run; else the order stays.

    First come those whose direction somebody set, then those of validation and test data, then
    what the names call a loss, an error or a score. Metrics of the machine are left out.

    Args:
        names: Metric names.
        chosen: Those with a direction that was set by hand.
    """

    def rank(name: str) -> tuple[bool, bool, bool]:
        return name not in chosen, not _is_held_out(name), not has_direction(name)

    return sorted((name for name in names if not name.startswith(f"{SYSTEM}/")), key=rank)


def has_direction(name: str) -> bool:
    """Return whether a name says which direction is better: a loss, an error, a score."""
    return bool(set(_WORDS.findall(name.casefold())) & _TELLING)


def matching(names: Iterable[str], search: str) -> list[str]:
    """Return the names that contain every word of ``search``, whatever the case.

    Example:
        >>> matching(["val/loss", "val/acc", "train/loss"], "LOSS val")
        ['val/loss']
    """
    words = search.casefold().split()
    return [name for name in names if all(word in name.casefold() for word in words)]


def chart_page(
    groups: Sequence[Section],
    closed: Collection[str],
    number: int = 1,
    size: int = CHARTS_PER_PAGE,
) -> ChartPage:
    """Return page ``number`` of the charts of all sections that are not ``closed``.

    Args:
        groups: All sections.
        closed: Names of the sections that show only their heading.
        number: Page, counted from 1; one beyond the last gives the last.
        size: Most charts on a page.
    """
    total = sum(len(group.metrics) for group in groups if group.name not in closed)
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    start, stop = (number - 1) * size, min(number * size, total)

    shown: list[tuple[Section, tuple[str, ...]]] = []
    place = 0
    for group in groups:
        drawn: tuple[str, ...] = ()
        if group.name not in closed:
            inside = islice(group.metrics, max(0, start - place), max(0, stop - place))
            place += len(group.metrics)
            drawn = tuple(inside)
        # A heading without charts belongs after the last chart before it, on one page only.
        if drawn or (group.name in closed and (start < place <= stop or place == start == 0)):
            shown.append((group, drawn))
    listed, unlisted = _with_few_headings(shown)
    return ChartPage(listed, number, pages, min(start + 1, total), stop, total, unlisted)


def _with_few_headings(
    shown: Sequence[tuple[Section, tuple[str, ...]]],
) -> tuple[tuple[tuple[Section, tuple[str, ...]], ...], int]:
    """Return ``shown`` without the closed sections beyond the cap, and how many those are."""
    headings = 0
    kept = []
    for group, drawn in shown:
        headings += not drawn
        if drawn or headings <= HEADINGS_PER_PAGE:
            kept.append((group, drawn))
    return tuple(kept), max(0, headings - HEADINGS_PER_PAGE)
