"""How results are printed: a table for people, tabs for other programs, or JSON."""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

__all__ = ["clean", "number", "print_json", "print_pairs", "print_table", "size", "strict", "when"]


def clean(text: object) -> str:
    """Return ``text`` on one line without control characters, so that no name drives a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _acts(c) else c for c in str(text))


def _acts(character: str) -> bool:
    # Besides control characters: the two that separate lines and paragraphs.
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


def number(value: object) -> str:
    """Return a value with five significant digits; anything that is no number as its text."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean(value)
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def size(count: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def when(value: object) -> str:
    """Return a time, given as ISO-8601 or seconds since the epoch, to the second in local time."""
    try:
        moment = (
            datetime.fromtimestamp(value)
            if isinstance(value, int | float)
            else datetime.fromisoformat(str(value))
        )
    except (ValueError, OverflowError, OSError):
        return "-"
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def print_json(value: Any) -> None:
    """Print strict JSON: NaN and infinities as the strings of the store."""
    print(json.dumps(strict(value), indent=2, ensure_ascii=False, default=str))


def strict(value: Any) -> Any:
    """Return ``value`` with NaN and infinities as the strings of the store."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return value


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns: aligned on a terminal, else divided by tabs."""
    cells = [[clean(cell) for cell in row] for row in rows]
    names = [clean(column) for column in columns]
    if not sys.stdout.isatty():
        for row in [names, *cells]:
            print("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(Text(name), overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_pairs(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values, a line each."""
    width = max((len(clean(name)) for name, _ in pairs), default=0)
    for name, value in pairs:
        shown = "-" if value in (None, "") else clean(value)
        print(
            f"{clean(name):{width}}  {shown}" if sys.stdout.isatty() else f"{clean(name)}\t{shown}"
        )
