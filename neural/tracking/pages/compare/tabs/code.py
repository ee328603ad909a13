"""Tab of the comparison: commits, branches and uncommitted changes of the code."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.errors import NeuralError
from neural.tracking.pages.compare.git_diff import diff_blocks, diff_counts
from neural.tracking.pages.compare.tables import swatch
from neural.tracking.pages.compare.tabs.environment import environment_of
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.pages.tables import table
from neural.tracking.storage.layout import RunPaths
from neural.tracking.ui.components import badge, card, empty_state, safe_link
from neural.tracking.ui.files import open_contained

__all__ = ["MOST_LINES", "TAB", "DiffOfDiffs", "captured_diff", "diff_of_diffs"]

#: Of a captured diff so much is read, and so many of its lines are compared and shown.
MOST_BYTES = 2_000_000
MOST_LINES = 3000


@dataclass(frozen=True, slots=True)
class DiffOfDiffs:
    """How the uncommitted changes of two runs differ.

    Attributes:
        text: Unified diff of the two captured diffs; empty when they are equal.
        cut: Lines that were not compared, of both together.
    """

    text: str
    cut: int


def captured_diff(view: TabView, run_id: str, folder: str) -> str:
    """Return what was not committed when a run started; empty for nothing."""
    paths = RunPaths(view.context.base_dir / folder)
    try:
        with open_contained(paths.root, paths.git_diff) as file:
            return file.read(MOST_BYTES).decode(errors="replace")
    except NeuralError:  # none was captured, or the run is gone
        return ""


def diff_of_diffs(left: str, right: str, names: tuple[str, str]) -> DiffOfDiffs:
    r"""Return a unified diff of two texts, those beyond :data:`MOST_LINES` lines cut.

    Example:
        >>> diff_of_diffs("+one\n+two\n", "+one\n", ("a", "b")).text.splitlines()[2:]
        ['@@ -1,2 +1 @@', ' +one', '-+two']
    """
    sides = [
        text.split("\n")[:-1] if text.endswith("\n") else text.split("\n") for text in (left, right)
    ]
    kept = [lines[:MOST_LINES] for lines in sides]
    cut = sum(len(lines) for lines in sides) - sum(len(lines) for lines in kept)
    found = difflib.unified_diff(kept[0], kept[1], *names, lineterm="")
    return DiffOfDiffs("\n".join(found), cut)


def _chosen(view: TabView) -> Chosen:
    names = view.shown.names
    first, second = (*names, "", "")[:2]
    return {"ca": view.one("ca", names, first), "cb": view.one("cb", names, second or first)}


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    names = view.comparison.names
    return [
        bar(
            dropdown("ca", "Changes of", names, chosen["ca"]),
            dropdown("cb", "against those of", names, chosen["cb"]),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    runs = view.shown
    if not runs.runs:
        return [nothing_in_sight()]
    gits = {run.id: _git(environment_of(view, run.id)) for run in runs.runs}
    diffs = {
        record.experiment_id: captured_diff(view, record.experiment_id, record.folder)
        for record in runs.records
    }
    if not any(gits.values()) and not any(diffs.values()):
        why = html.P(
            "These runs were not started inside a git repository, or capturing was switched off."
        )
        return [empty_state("No code state", why)]
    pair = chosen["ca"][0], chosen["cb"][0]
    return [
        card("Commits", _commits(view, gits, diffs)),
        card("Uncommitted changes, one against the other", _pair(view, pair, gits, diffs)),
    ]


def _git(environment: Mapping[str, Any]) -> Mapping[str, Any]:
    git = environment.get("git")
    return git if isinstance(git, Mapping) else {}


def _commits(
    view: TabView, gits: Mapping[str, Mapping[str, Any]], diffs: Mapping[str, str]
) -> Component:
    commits = {str(git.get("commit")) for git in gits.values() if git.get("commit")}
    body = []
    for run, label, style in zip(
        view.shown.runs, view.shown.labels, view.shown.styles, strict=True
    ):
        git = gits[run.id]
        files, added, removed = diff_counts(diffs[run.id])
        changes = f"{files:,} files, +{added:,} −{removed:,}" if diffs[run.id] else "none"
        cells = [
            html.Th(html.Div([swatch(style), html.Span(label)], className="aq-run-line")),
            html.Td(html.Code(str(git.get("commit") or "–")[:12], title=str(git.get("commit")))),
            html.Td(str(git.get("branch") or "–")),
            html.Td(changes if git or diffs[run.id] else "unknown"),
            html.Td(_remote(git)),
        ]
        body.append(html.Tr(cells))
    words = "All from one commit." if len(commits) == 1 else f"{len(commits):,} different commits."
    return html.Div(
        [
            html.P(words, className="aq-hint"),
            table(("Run", "Commit", "Branch", "Not committed", "Remote"), body, label="Commits"),
        ]
    )


def _remote(git: Mapping[str, Any]) -> Component | str:
    remote = str(git.get("remote") or git.get("remote_url") or "")
    return safe_link(remote, remote) if "://" in remote else remote or "–"


def _pair(
    view: TabView,
    pair: tuple[str, str],
    gits: Mapping[str, Mapping[str, Any]],
    diffs: Mapping[str, str],
) -> list[Component]:
    names = view.comparison.names
    commits = [str(gits.get(one, {}).get("commit") or "") for one in pair]
    parts: list[Component] = []
    if pair[0] == pair[1]:
        return [html.P("Choose two different runs.", className="aq-muted")]
    if all(commits) and commits[0] != commits[1]:
        call = f"git diff {commits[0][:12]} {commits[1][:12]}"
        parts.append(
            html.P(["They started from different commits; see also ", html.Code(call), "."])
        )
    left, right = (diffs.get(one, "") for one in pair)
    if left == right:
        same = "The same uncommitted changes." if left else "Neither had uncommitted changes."
        return [*parts, html.P(same)]
    found = diff_of_diffs(left, right, (names[pair[0]], names[pair[1]]))
    note = (
        "A line with − stands in the changes of the first only, one with + in those of the second."
    )
    return [*parts, html.P(note, className="aq-hint"), *_coloured(found)]


def _coloured(found: DiffOfDiffs) -> list[Component]:
    lines = found.text.split("\n")
    shown = "\n".join(lines[:MOST_LINES])
    blocks = [
        html.Span(f"{text}\n", className=f"aq-diff-{kind}") for kind, text in diff_blocks(shown)
    ]
    parts: list[Component] = [html.Pre(blocks, className="aq-diff", tabIndex=0)]
    hidden = max(0, len(lines) - MOST_LINES) + found.cut
    if hidden:
        words = f"Cut: {hidden:,} more lines are not shown. The files hold all of them."
        parts.append(html.P([badge("cut", kind="warn"), f" {words}"], className="aq-hint"))
    return parts


TAB = Tab(
    name="code",
    label="Code",
    keys=("ca", "cb"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    is_live=False,
)
