"""The lines of a git diff by kind, so that a page can colour them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Literal

__all__ = ["DiffKind", "diff_blocks", "diff_counts"]

#: What a line of a diff is.
DiffKind = Literal["file", "hunk", "added", "removed", "same"]


def diff_blocks(text: str) -> list[tuple[DiffKind, str]]:
    r"""Return neighbouring lines of one kind as one block: ``(kind, text)``.

    Example:
        >>> diff_blocks("@@ -1 +1 @@\n-old\n+new\n")
        [('hunk', '@@ -1 +1 @@'), ('removed', '-old'), ('added', '+new')]
    """
    blocks = groupby(_kinds(text), key=lambda pair: pair[0])
    return [(kind, "\n".join(line for _, line in lines)) for kind, lines in blocks]


def diff_counts(text: str) -> tuple[int, int, int]:
    """Return how many ``(files, added lines, removed lines)`` a diff has."""
    kinds = list(_kinds(text))
    files = sum(line.startswith("diff --git ") for kind, line in kinds if kind == "file")
    added = sum(kind == "added" for kind, _ in kinds)
    return files, added, sum(kind == "removed" for kind, _ in kinds)


def _kinds(text: str) -> Iterator[tuple[DiffKind, str]]:
    inside = False  # a hunk: there, lines that begin with +++ or --- are content
    # Not splitlines: a form feed inside a line of code does not end it.
    for line in text.removesuffix("\n").split("\n") if text else ():
        if line.startswith("diff --git "):
            inside = False
        elif line.startswith("@@"):
            inside = True
            yield "hunk", line
            continue
        yield _kind(line, inside), line


def _kind(line: str, inside: bool) -> DiffKind:
    if not inside:
        return "file"
    if line.startswith("+"):
        return "added"
    return "removed" if line.startswith("-") else "same"
