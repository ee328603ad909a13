"""Which charts a page shows: metrics by section, searched, and a dozen at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from neural.tracking.summary import has_direction

__all__ = [
    "CHARTS_PER_PAGE",
    "BoardPage",
    "Found",
    "Section",
    "SectionPage",
    "board_page",
    "matching",
    "search_names",
    "sections",
    "telling",
]

#: Charts of a section that are listed at once; a browser draws as many without being slow.
CHARTS_PER_PAGE = 12
#: Cards and headings on one page of sections; a card is drawn when it comes into sight.
CARDS_PER_PAGE = 60
HEADINGS_PER_PAGE = 40

_WORDS = re.compile(r"[^\W\d_]+")
#: How the names of metrics on data that was kept back begin.
_HELD_OUT = ("val", "test", "eval", "dev")

#: What metrics without a ``/`` stand under.
PLAIN = "metrics"
#: What the machine did, not the model: shown last, and closed until asked for.
SYSTEM = "system"
#: What stands before all others because somebody pinned it.
PINNED = "pinned"


@dataclass(frozen=True)
class Section:
    """Metrics whose names share what stands before their first ``/``, in logging order."""

    name: str
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class SectionPage:
    """One section as it is listed.

    Attributes:
        section: It.
        drawn: Its metrics that have a chart here; none where it is closed.
        number: Page of its charts, counted from 1.
        pages: How many there are, at least 1.
        first: Place of the first chart in the section, counted from 1; 0 if there is none.
    """

    section: Section
    drawn: tuple[str, ...]
    number: int = 1
    pages: int = 1
    first: int = 0

    @property
    def last(self) -> int:
        """Place of the last chart, counted from 1."""
        return self.first + len(self.drawn) - 1 if self.drawn else 0


@dataclass(frozen=True)
class BoardPage:
    """One page of sections.

    Attributes:
        listed: The sections on it.
        number: Page, counted from 1.
        pages: How many pages there are, at least 1.
        total: Sections on all pages.
    """

    listed: tuple[SectionPage, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        names: Metrics that match.
        problem: What is wrong with a pattern that was therefore taken literally.
    """

    names: list[str]
    problem: str = ""


def sections(names: Sequence[str], pinned: Sequence[str] = ()) -> list[Section]:
    """Return ``names`` by section, in the order in which the sections first appear.

    First come those that were ``pinned``. Then what was measured on data that was kept back,
    because it counts most; what the machine did (``system/…``) comes last.
    """
    there = set(names)
    kept = tuple(name for name in pinned if name in there)
    first = [Section(PINNED, kept)] if kept else []
    return first + _by_prefix(name for name in names if name not in kept)


def _by_prefix(names: Iterable[str]) -> list[Section]:
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


def search_names(names: Iterable[str], search: str) -> Found:
    """Return the names in which every pattern of ``search`` is found, whatever the case.

    Args:
        names: Metric names.
        search: Regular expressions between blanks. One that is invalid is taken literally, and
            the result says why.

    Example:
        >>> search_names(["val/loss", "val/acc", "train/loss"], "LOSS ^val").names
        ['val/loss']
        >>> search_names(["a[0]", "b"], "[0").problem
        '“[0” is no valid pattern (unterminated character set): searched as text'
    """
    patterns, problem = [], ""
    for word in search.split():
        try:
            patterns.append(re.compile(word, re.IGNORECASE))
        except re.error as error:
            patterns.append(re.compile(re.escape(word), re.IGNORECASE))
            problem = f"“{word}” is no valid pattern ({error.msg}): searched as text"
    return Found([name for name in names if all(one.search(name) for one in patterns)], problem)


def matching(names: Iterable[str], search: str) -> list[str]:
    """Return the names of :func:`search_names`."""
    return search_names(names, search).names


def board_page(
    groups: Sequence[Section],
    closed: Collection[str],
    pages: Mapping[str, int] | None = None,
    number: int = 1,
    size: int = CHARTS_PER_PAGE,
) -> BoardPage:
    """Return page ``number`` of the sections, each with a page of its charts.

    Args:
        groups: All sections.
        closed: Names of the sections that show only their heading.
        pages: Page of charts of each section, counted from 1; the first where it is left out.
        number: Page of sections, counted from 1; one beyond the last gives the last.
        size: Most charts of a section.
    """
    listed = [
        _section_page(group, (pages or {}).get(group.name, 1), size, group.name in closed)
        for group in groups
    ]
    split = _split(listed) or [[]]
    number = min(max(1, number), len(split))
    return BoardPage(tuple(split[number - 1]), number, len(split), len(groups))


def _section_page(group: Section, number: int, size: int, is_closed: bool) -> SectionPage:
    if is_closed or not group.metrics:
        return SectionPage(group, ())
    pages = -(-len(group.metrics) // size)
    number = min(max(1, number), pages)
    start = (number - 1) * size
    drawn = group.metrics[start : start + size]
    return SectionPage(group, drawn, number, pages, start + 1)


def _split(listed: Sequence[SectionPage]) -> list[list[SectionPage]]:
    """Return the sections by page, as many on each as a browser takes."""
    pages: list[list[SectionPage]] = []
    cards = 0
    for one in listed:
        cards += len(one.drawn)
        if not pages or cards > CARDS_PER_PAGE or len(pages[-1]) == HEADINGS_PER_PAGE:
            pages.append([])
            cards = len(one.drawn)
        pages[-1].append(one)
    return pages
