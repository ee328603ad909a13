"""Where a run ran: programs, machine, command, code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.tracking.pages.compare.git_diff import diff_blocks, diff_counts
from neural.tracking.pages.param_diff import value_text
from neural.tracking.pages.tables import definitions, table
from neural.tracking.records import flatten
from neural.tracking.ui.components import card, empty_state, safe_link

__all__ = ["diff_view", "environment_tab"]

#: Of a longer diff the start is shown; the file holds the rest.
MOST_DIFF_CHARACTERS = 200_000

#: Of a longer list the start is shown.
MOST_LINES = 10

#: What has a card of its own; everything else is listed as it is.
_APART = ("git", "packages", "argv", "command")


def environment_tab(environment: Mapping[str, Any], diff: str) -> list[Component]:
    """Return the content of the tab.

    Args:
        environment: What was captured when the run started; may be empty.
        diff: Changes that were not committed then; may be empty.
    """
    if not environment and not diff:
        why = html.P(
            "Nothing about the machine, the packages and the code was kept with this run: it comes "
            "from another program, or capturing was switched off."
        )
        return [empty_state("No environment", why)]
    rest = {key: value for key, value in environment.items() if key not in _APART}
    left: list[Component] = [card("Machine", definitions(_facts(rest)))]
    if command := _command(environment):
        left.insert(0, card("Command", html.Pre(command, className="aq-trace", tabIndex=0)))
    right = [_packages(environment.get("packages"))] if environment.get("packages") else []
    code = [_code(environment.get("git"), diff)] if environment.get("git") or diff else []
    return [
        html.Div([html.Div(left, className="aq-stack"), *right], className="aq-columns"),
        *code,
    ]


def _facts(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in flatten(values) if value not in (None, [], {})]


def _text(value: Any) -> str:
    """Return a value as text, a list a line an entry."""
    if not isinstance(value, list):
        return value_text(value)
    lines = [value_text(one) for one in value[:MOST_LINES]]
    more = [f"… and {len(value) - MOST_LINES:,} more"] if len(value) > MOST_LINES else []
    return "\n".join([*lines, *more])


def _command(environment: Mapping[str, Any]) -> str:
    command = environment.get("command") or environment.get("argv") or ""
    return shlex.join(map(str, command)) if isinstance(command, list) else str(command)


def _packages(packages: Any) -> html.Section:
    versions = packages if isinstance(packages, Mapping) else dict.fromkeys(packages, "")
    rows = [
        html.Tr([html.Th(name, scope="row"), html.Td(html.Code(str(version)))])
        for name, version in sorted(versions.items(), key=lambda item: str(item[0]).lower())
    ]
    return card(f"Packages ({len(rows):,})", table(("Name", "Version"), rows, label="Packages"))


def _code(git: Any, diff: str) -> html.Section:
    facts = _facts(git) if isinstance(git, Mapping) else []
    linked = [(name, safe_link(text, text) if "://" in text else text) for name, text in facts]
    return card("Code", [definitions(linked), *diff_view(diff)])


def diff_view(diff: str) -> list[Component]:
    """Return a diff as text, its added and removed lines coloured."""
    if not diff:
        return [html.P("There were no uncommitted changes.", className="aq-muted")]
    shown = diff[:MOST_DIFF_CHARACTERS]
    files, added, removed = diff_counts(diff)
    words = (
        f"Uncommitted changes in {files:,} file{'' if files == 1 else 's'}: "
        f"{added:,} lines added, {removed:,} removed"
    )
    blocks = [
        html.Span(f"{text}\n", className=f"aq-diff-{kind}") for kind, text in diff_blocks(shown)
    ]
    parts: list[Component] = [html.P(words), html.Pre(blocks, className="aq-diff", tabIndex=0)]
    if len(shown) < len(diff):
        cut = f"The first {len(shown):,} of {len(diff):,} characters are shown."
        parts.append(html.P(cut, className="aq-hint"))
    return parts
