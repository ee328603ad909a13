"""What shapes the table of runs: all of it stands in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from neural.errors import FilterSyntaxError
from neural.tracking.analysis.groups import ALL_BUT_SEED
from neural.tracking.pages.addresses import AUTO
from neural.tracking.pages.experiments.columns import MOST_COLUMNS, columns_of
from neural.tracking.pages.experiments.groups import is_group_field
from neural.tracking.query import parse, parse_sort
from neural.tracking.query.sort import MAX_SORT_KEYS
from neural.tracking.storage.settings import DENSITIES
from neural.tracking.ui.page import PageLocation

__all__ = ["ARCHIVED", "VARYING", "TableView", "is_step", "parsed_sort"]

#: Values of the options, and their names in the address.
VARYING, ARCHIVED = "varying", "archived"
#: Pixels that no column is wider than.
WIDEST = 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """How the table of runs is shown.

    Attributes:
        filter: Which runs; may be a text that cannot be understood.
        sort: Fields, ``-`` in front for the largest first.
        columns: What ``columns.column_of`` reads; empty: the table chooses.
        group: What runs are put together by; empty: not at all.
        varying: Leave out columns that are the same in all runs.
        archived: Show runs that were put aside, too.
        density: ``""`` (as the browser has it), ``"compact"`` or ``"comfortable"``.
        trash: Show what was thrown away instead.
        widths: Keys of columns that somebody made wider or narrower, and their pixels.
    """

    filter: str = ""
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    varying: bool = False
    archived: bool = False
    density: str = ""
    trash: bool = False
    widths: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, location: PageLocation) -> Self:
        """Return the view that an address spells; what makes no sense in it is left out."""
        density = location.get("density")
        return cls(
            filter=location.get("filter"),
            sort=parsed_sort(location.get_all("sort")),
            columns=tuple(column.key for column in columns_of(location.get_all("col"))),
            group=tuple(filter(is_group_field, map(_field, location.get_all("group")))),
            varying=location.get(VARYING) == "1",
            archived=location.get(ARCHIVED) == "1",
            density=density if density in DENSITIES else "",
            trash=location.get("trash") == "1",
            widths=tuple(filter(None, map(_width, location.get_all("w")[:MOST_COLUMNS]))),
        )

    def state(self) -> dict[str, Any]:
        """Return what ``search_string`` takes; the inverse of :meth:`of`."""
        return {
            "filter": self.filter,
            "sort": list(self.sort),
            "col": list(self.columns),
            "group": [AUTO if field == ALL_BUT_SEED else field for field in self.group],
            VARYING: "1" if self.varying else "",
            ARCHIVED: "1" if self.archived else "",
            "density": self.density,
            "trash": "1" if self.trash else "",
            "w": [f"{pixels} {key}" for key, pixels in self.widths],
        }

    @property
    def options(self) -> list[str]:
        """The options that are on."""
        return [o for o, on in ((VARYING, self.varying), (ARCHIVED, self.archived)) if on]

    @property
    def wanted(self) -> str:
        """The filter with what is hidden unless somebody asks for it.

        Raises:
            FilterSyntaxError: It cannot be understood.
        """
        found = parse(self.filter)
        if self.archived or "archived" in found.keys():  # noqa: SIM118 - a method, not a mapping
            return self.filter
        return str(found & parse("archived = false"))


def _field(text: str) -> str:
    """Return the field that runs are put together by, from how the address of any page has it."""
    return ALL_BUT_SEED if text == AUTO else text


def _width(text: str) -> tuple[str, int] | None:
    pixels, _, key = text.partition(" ")
    return (
        (key, min(int(pixels), WIDEST)) if pixels.isdecimal() and len(pixels) < 6 and key else None
    )


def parsed_sort(texts: list[str]) -> tuple[str, ...]:
    """Return the fields to sort by, as the table spells them; none if one makes no sense."""
    try:
        return tuple(str(key) for key in parse_sort(texts)[: MAX_SORT_KEYS - 1])
    except FilterSyntaxError:
        return ()


def is_step(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether the browser's back button should lead from ``after`` to ``before``.

    A filter that is still being typed is no step of its own: only the first and the last
    of the texts that grow out of each other count.

    Args:
        before: The state of the address so far, see :meth:`TableView.state`.
        after: The new one.
    """
    changed = {key for key in after if after[key] != before.get(key)} - {"w"}
    if changed != {"filter"}:
        return bool(changed)
    old, new = str(before.get("filter") or ""), str(after["filter"])
    return not old or not (new.startswith(old) or old.startswith(new))
