"""Tab of the comparison: programs, packages, machines and commands, and how they differ."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from neural.errors import NeuralError
from neural.tracking.pages.compare.tables import diff_table
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, toggles
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.records import flatten
from neural.tracking.ui.components import card, empty_state, partial_state

__all__ = ["TAB", "environment_of", "machine_facts", "packages_of"]

#: What has a table of its own, or a tab, or says nothing of what ran.
_APART = ("git", "packages", "captured_at", "problems", "argv", "command")


def environment_of(view: TabView, run_id: str) -> Mapping[str, Any]:
    """Return what was captured of a run's environment; empty when nothing can be read."""
    try:
        return view.context.manager.environment(run_id)
    except NeuralError:  # moved to the trash while somebody looks at it, or damaged
        return {}


def machine_facts(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return interpreter, machine, variables and command by dotted name, as texts.

    Example:
        >>> machine_facts({"python": {"version": "3.11"}, "argv": ["a b.py", "-x"]})
        {'command line': "'a b.py' -x", 'python.version': '3.11'}
    """
    found: dict[str, Any] = {}
    line = environment.get("argv") or environment.get("command")
    if line:
        found["command line"] = shlex.join(map(str, line)) if isinstance(line, list) else str(line)
    rest = {key: value for key, value in environment.items() if key not in _APART}
    found |= {name: value for name, value in flatten(rest) if value not in (None, {})}
    return found


def packages_of(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the installed packages and their versions; lists of names have empty versions."""
    packages = environment.get("packages") or {}
    if not isinstance(packages, Mapping):
        packages = dict.fromkeys(map(str, packages), "")
    return {str(name): str(version) for name, version in packages.items()}


def _chosen(view: TabView) -> Chosen:
    return {"ea": view.several("ea", {"1": ""}, ())}


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    every = {"1": "Also what is the same in all runs"}
    return [bar(toggles("ea", "Environment", every, chosen["ea"]))]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    runs = view.shown
    if not runs.runs:
        return [nothing_in_sight()]
    environments = [environment_of(view, run.id) for run in runs.runs]
    known = [place for place, one in enumerate(environments) if one]
    if not known:
        why = html.P(
            "Nothing about machine, packages and code was kept with these runs: they come from "
            "another program, or capturing was switched off."
        )
        return [empty_state("No environment", why)]
    missing = [label for label, one in zip(runs.labels, environments, strict=True) if not one]
    notes: list[Component] = []
    if missing:
        words = f"Nothing was captured of {len(missing):,} of {len(runs.runs):,} runs"
        notes.append(partial_state(words, missing))
    # A run of which nothing is known has no package "removed": it stands in the note.
    labels = [runs.labels[place] for place in known]
    styles = [runs.styles[place] for place in known]
    baseline = known.index(runs.baseline) if runs.baseline in known else 0
    kept = [environments[place] for place in known]
    tables = [
        ("Packages", [packages_of(one) for one in kept], ("package", "packages")),
        ("Machine and command", [machine_facts(one) for one in kept], ("fact", "facts")),
    ]
    return [
        *notes,
        *(
            card(
                title,
                diff_table(
                    facts,
                    labels,
                    styles,
                    nouns=nouns,
                    baseline=baseline,
                    only_differing=not chosen["ea"],
                ),
            )
            for title, facts, nouns in tables
        ),
    ]


TAB = Tab(
    name="environment",
    label="Environment",
    keys=("ea",),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    is_live=False,
)
