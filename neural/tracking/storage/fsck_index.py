"""Checking the index against the runs it was made from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from neural.tracking.query import parse
from neural.tracking.storage.facts import row_of
from neural.tracking.storage.fsck_findings import Finding, FindingKind
from neural.tracking.storage.index import IndexCatalog
from neural.tracking.storage.index_schema import INDEX_FILE, drop, open_index
from neural.tracking.storage.index_state import decode_look, decode_row
from neural.tracking.storage.local import read_run

__all__ = ["check_index"]


def check_index(base_dir: Path, place: Path | None, *, repair: bool) -> Iterator[Finding]:
    """Check the index, if there is one: sound, and in agreement with the runs at rest.

    Args:
        base_dir: Folder of runs.
        place: Folder of the index.
        repair: Build it anew if it is not.
    """
    if place is None or not (place / INDEX_FILE).exists():
        return
    problem = _unsound(place) or _disagreement(base_dir, place)
    if problem is None:
        return
    if repair:
        drop(place)
        with closing(IndexCatalog(base_dir, place)) as catalog:
            catalog.count(parse(""))
    where = f"{place.name}/{INDEX_FILE}"
    yield Finding(kind=FindingKind.INDEX, path=where, message=problem, repaired=repair)


def _unsound(place: Path) -> str | None:
    try:
        with closing(open_index(place)) as connection:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
            for doc, state in connection.execute(
                "SELECT doc, state FROM runs JOIN states USING (run)"
            ):
                decode_row(doc)
                decode_look(state)
    except sqlite3.OperationalError:  # locked by a process that is using it
        return None
    except (sqlite3.Error, msgspec.MsgspecError, TypeError) as exc:
        return f"The index cannot be used: {exc}"
    return None if found == "ok" else f"The index is damaged: {found}"


def _disagreement(base_dir: Path, place: Path) -> str | None:
    with closing(IndexCatalog(base_dir, place)) as catalog:
        rows = catalog.page(parse("")).rows
    # Whoever is being written, or was until a moment ago, may have moved on since.
    differing = [row["folder"] for row in rows if _differs(base_dir, row)]
    if not differing:
        return None
    count = len(differing)
    return f"The index is stale: it does not say what {count} runs say, such as {differing[0]}"


def _differs(base_dir: Path, row: dict[str, object]) -> bool:
    record = read_run(base_dir / str(row["folder"]))
    if record.alive is not False:
        return False
    # As text, because NaN is not equal to itself.
    return repr(row_of(record)) != repr(row)
