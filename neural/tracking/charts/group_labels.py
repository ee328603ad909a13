"""Labels of groups on an axis: what tells them apart, in little room."""

from __future__ import annotations

from collections.abc import Sequence

from neural.tracking.charts.theme import escape_text

__all__ = ["group_ticks", "telling_labels"]

#: What stands between the parts of a label, see ``analysis.groups.group_runs``.
_BETWEEN = ", "
#: Characters of a name that stay, however long its value is.
_LEAST_NAME = 3


def telling_labels(labels: Sequence[str]) -> list[str]:
    """Return labels without the parts that all of them share; they stay apart.

    Example:
        >>> telling_labels(["lr=0.1, width=16, act=relu", "lr=0.1, width=64, act=relu"])
        ['width=16', 'width=64']
    """
    parts = [label.split(_BETWEEN) for label in labels]
    if len(parts) < 2:
        return list(labels)
    shared = set.intersection(*map(set, parts))
    kept = [_BETWEEN.join(part for part in one if part not in shared) for one in parts]
    return kept if all(kept) and len(set(kept)) == len(set(labels)) else list(labels)


def group_ticks(labels: Sequence[str], length: int = 16) -> list[str]:
    """Return labels for ticks: a part a line, names cut where it is too long, values last.

    Args:
        labels: Of the groups, all of them different.
        length: Characters of a line.

    Returns:
        Escaped texts, lines apart by ``<br>``.

    Example:
        >>> group_ticks(["learning_rate=0.05, w=64", "learning_rate=0.5, w=16"])
        ['learning_r…=0.05<br>w=64', 'learning_ra…=0.5<br>w=16']
    """
    return [
        "<br>".join(escape_text(line) for line in _lines(label, length))
        for label in telling_labels(labels)
    ]


def _lines(label: str, length: int) -> list[str]:
    lines: list[str] = []
    for part in (_shortened(part, length) for part in label.split(_BETWEEN)):
        if lines and len(lines[-1]) + len(part) + 1 <= length:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    return lines


def _shortened(part: str, length: int) -> str:
    """Return ``name=value`` in ``length`` characters: the value tells more than the name."""
    if len(part) <= length:
        return part
    name, equals, value = part.partition("=")
    if not equals:
        return f"{part[: length // 2]}…{part[length // 2 + 1 - length :]}"
    room = max(_LEAST_NAME, length - len(value) - 2)
    head = name if len(name) <= room + 1 else f"{name[:room]}…"
    rest = max(1, length - len(head) - 1)
    tail = value if len(value) <= rest else f"{value[: rest - 1]}…"
    return f"{head}={tail}"
