"""Which runs a report is about."""

from __future__ import annotations

from collections.abc import Iterable

from neural.errors import InvalidInputError
from neural.tracking.run_library import RunLibrary, Sort

__all__ = ["MOST_RUNS", "selected"]

#: Runs in one report; a browser has to draw them all at once.
MOST_RUNS = 1000


def selected(
    library: RunLibrary,
    filter: str = "",  # noqa: A002 - what users call it
    *,
    ids: Iterable[str] = (),
    sort: Sort = None,
) -> list[str]:
    """Return the ids of the runs that a report is about.

    Args:
        library: The runs.
        filter: Such as ``params.lr < 0.1``; blank is all. Not used when ``ids`` are given.
        ids: Exact ids, in the order in which the report lists them.
        sort: Such as ``metrics.loss.best``; newest start first without.

    Raises:
        InvalidInputError: There is no such run to report on, or there are too many.
        FilterSyntaxError: ``filter`` or ``sort`` cannot be understood.
        NotFoundError: One of ``ids`` is not there.
    """
    chosen = list(dict.fromkeys(ids))
    for one in chosen:
        library.run(one)
    if not chosen:
        rows = library.search(filter, sort=sort, limit=MOST_RUNS + 1)
        chosen = [str(row["experiment_id"]) for row in rows]
    if not chosen:
        raise InvalidInputError(
            f"No run matches {filter!r}, so there is nothing to report. See all: neural ls"
        )
    if len(chosen) > MOST_RUNS:
        raise InvalidInputError(
            f"A report holds at most {MOST_RUNS:,} runs, and more were chosen: narrow the filter"
        )
    return chosen
