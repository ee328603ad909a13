"""The table as a file: CSV for programs, Markdown and LaTeX for people."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neural.tracking.records import Goal

__all__ = ["FORMATS", "Cell", "Table", "as_csv", "as_latex", "as_markdown", "cell_text"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        value: What stands in it; ``None`` is nothing.
        std: For the mean of a group: its standard deviation.
    """

    value: Any
    std: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what is needed to mark the best value of a column.

    Attributes:
        header: Names of the columns.
        rows: As many cells as ``header`` has names.
        goals: Which direction is better, by place of the columns whose best value is marked.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    goals: Mapping[int, Goal]

    def best(self) -> dict[int, Any]:
        """Return the best value of each column that has one."""
        found = {}
        for place, goal in self.goals.items():
            values = [row[place].value for row in self.rows]
            finite = [v for v in values if type(v) in (int, float) and math.isfinite(v)]
            if len(set(finite)) > 1:
                found[place] = (min if goal == "min" else max)(finite)
        return found


def as_csv(table: Table) -> str:
    """Return the table as CSV after RFC 4180, numbers in full.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers
    stay numbers. A standard deviation has a column of its own.
    """
    spread = [any(row[i].std is not None for row in table.rows) for i in range(len(table.header))]
    target = io.StringIO()
    writer = csv.writer(target)
    header = []
    for name, has_std in zip(table.header, spread, strict=True):
        header += [_harmless(name), *([_harmless(f"{name} std")] if has_std else [])]
    writer.writerow(header)
    for row in table.rows:
        line = []
        for cell, has_std in zip(row, spread, strict=True):
            line += [_plain(cell.value), *([_plain(cell.std)] if has_std else [])]
        writer.writerow(line)
    return target.getvalue()


#: What makes a spreadsheet read a cell as a formula (CWE-1236).
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_TRIGGERS) else text


def _plain(value: Any) -> str:
    if value is None:
        return ""
    # A bool is an int to Python; both are written as they are.
    return _harmless(value) if isinstance(value, str) else str(value)


def cell_text(cell: Cell, digits: int = 4) -> str:
    """Return a cell as people read it: ``0.9421 ± 0.0032``."""
    text = _short_number(cell.value, digits)
    if cell.std is None:
        return text
    return f"{text} ± {_short_number(cell.std, 2)}"


def _short_number(value: Any, digits: int) -> str:
    if value is None:
        return ""
    return f"{value:.{digits}g}" if type(value) is float else str(value)


def as_markdown(table: Table) -> str:
    """Return the table in Markdown: mean ± standard deviation, the best value of a column bold."""
    return _lines(
        table,
        lambda names: "| " + " | ".join(names) + " |\n" + "|" + " --- |" * len(names),
        lambda cells: "| " + " | ".join(cells) + " |",
        _markdown_text,
        lambda text: f"**{text}**",
    )


#: Signs that Markdown gives a meaning, a link and a tag among them.
_MARKDOWN = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()<>#|~"} | {
    ord("\n"): " ",
    ord("\r"): " ",
}


def _markdown_text(text: str) -> str:
    return text.translate(_MARKDOWN)


def as_latex(table: Table) -> str:
    """Return the table in LaTeX for booktabs: mean ± standard deviation, the best value bold."""
    columns = ["r" if i in table.goals else "l" for i in range(len(table.header))]
    body = _lines(
        table,
        lambda names: " & ".join(names) + r" \\" + "\n\\midrule",
        lambda cells: " & ".join(cells) + r" \\",
        _latex_text,
        lambda text: rf"\textbf{{{text}}}",
    )
    return (
        f"\\begin{{tabular}}{{{''.join(columns)}}}\n\\toprule\n{body}"
        "\\bottomrule\n\\end{tabular}\n"
    )


_LATEX = {ord(sign): f"\\{sign}" for sign in "&%$#_{}"} | {
    ord("\\"): r"\textbackslash{}",
    ord("~"): r"\textasciitilde{}",
    ord("^"): r"\textasciicircum{}",
    ord("<"): r"\textless{}",
    ord(">"): r"\textgreater{}",
    ord("±"): r"$\pm$",
    ord("\n"): " ",
    ord("\r"): " ",
}


def _latex_text(text: str) -> str:
    return text.translate(_LATEX)


def _lines(
    table: Table,
    head: Callable[[list[str]], str],
    line: Callable[[list[str]], str],
    escape: Callable[[str], str],
    bold: Callable[[str], str],
) -> str:
    best = table.best()
    parts = [head([escape(name) for name in table.header])]
    for row in table.rows:
        cells = []
        for place, cell in enumerate(row):
            text = escape(cell_text(cell))
            is_best = place in best and cell.value == best[place]
            cells.append(bold(text) if is_best else text)
        parts.append(line(cells))
    return "\n".join(parts) + "\n"


#: Ending of the file and what writes it, by name.
FORMATS: dict[str, tuple[str, Callable[[Table], str]]] = {
    "CSV": ("csv", as_csv),
    "Markdown": ("md", as_markdown),
    "LaTeX": ("tex", as_latex),
}
