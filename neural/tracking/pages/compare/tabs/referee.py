"""Tab of the comparison: the referee, who says whether one group of runs is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from dash import html
from dash.development.base_component import Component

from neural.errors import InvalidInputError, MissingExtraError
from neural.tracking.analysis.groups import RunGroup
from neural.tracking.analysis.keys import comparable, shown_value
from neural.tracking.analysis.referee import Comparison as Findings
from neural.tracking.analysis.referee import Outcome, compare_groups
from neural.tracking.analysis.samples import Pairing, Sample, Which, sample_of
from neural.tracking.analysis.seeds import seed_of
from neural.tracking.analysis.verdicts import cautions, verdict
from neural.tracking.charts.two_groups import two_groups, two_groups_dict
from neural.tracking.pages.compare.tabs.chart_card import chart_card
from neural.tracking.pages.compare.tabs.columns import (
    RESULTS,
    goal_of,
    has_goal,
    metrics_of,
    telling_metrics,
)
from neural.tracking.pages.compare.tabs.grouping import group_choices, groups_of
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.referee_figures import difference_table, group_table
from neural.tracking.pages.compare.tabs.referee_next import next_steps
from neural.tracking.pages.compare.tabs.settings import bar, dropdown, select
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView
from neural.tracking.ui.components import badge, card, empty_state

__all__ = ["BY_HAND", "TAB"]

#: Choice of groups that are picked run by run.
BY_HAND = "hand"
_PAIRINGS = {
    "auto": "By seed where seeds match",
    "paired": "Always by seed",
    "unpaired": "Never",
}
#: Kind and icon of the mark of an outcome, and its word.
_MARKS: dict[Outcome, tuple[str, str, str]] = {
    "separable": ("ok", "check", "Different"),
    "no noise": ("ok", "check", "Different, without noise"),
    "unclear": ("warn", "warning", "Unclear"),
    "not separable": ("muted", "dot", "Not separable"),
    "equal": ("muted", "dot", "Equal"),
    "too few": ("warn", "warning", "Too few runs"),
}


def _chosen(view: TabView) -> Chosen:
    metrics = dict.fromkeys(metrics_of(view.comparison), "")
    by = view.one("rg", {**group_choices(view), BY_HAND: ""})
    common = {
        "rm": view.one("rm", metrics, next(iter(telling_metrics(view.comparison)), "")),
        "rv": view.one("rv", RESULTS, "best"),
        "rg": by,
        "rp": view.one("rp", _PAIRINGS, "auto"),
    }
    if by == (BY_HAND,):
        names = view.shown.names
        half = (len(names) + 1) // 2
        ids = tuple(names)
        return {
            **common,
            "ra": view.several("ra", names, ids[:half]),
            "rb": view.several("rb", names, ids[half:]),
        }
    labels = {group.label: "" for group in groups_of(view, by[0])}
    first = view.one("ra", labels)
    others = {label: "" for label in labels if (label,) != first}
    asked = view.one("rb", labels, next(iter(others), ""))
    return {**common, "ra": first, "rb": asked if asked != first else view.one("", others)}


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    metrics = {name: name for name in metrics_of(view.comparison)}
    by = {**group_choices(view), BY_HAND: "Runs picked by hand"}
    return [
        bar(
            dropdown("rm", "Metric", metrics, chosen["rm"]),
            select("rv", "Result of a run", RESULTS, chosen["rv"]),
            select("rg", "Group by", by, chosen["rg"]),
            select("rp", "Compare in pairs", _PAIRINGS, chosen["rp"]),
        ),
        bar(*_group_controls(view, chosen)),
    ]


def _group_controls(view: TabView, chosen: Chosen) -> list[Component]:
    if chosen["rg"] == (BY_HAND,):
        names = view.comparison.names
        return [
            dropdown("ra", "First group, the baseline", names, chosen["ra"], several=True),
            dropdown("rb", "Second group", names, chosen["rb"], several=True),
        ]
    labels = {
        group.label: f"{group.label} (n = {len(group)})"
        for group in groups_of(view, chosen["rg"][0])
    }
    return [
        dropdown("ra", "First group, the baseline", labels, chosen["ra"]),
        dropdown("rb", "Second group", labels, chosen["rb"]),
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    if not chosen["rm"]:
        return [empty_state("No metrics", html.P("None of these runs has logged a metric."))]
    if not view.shown.runs:
        return [nothing_in_sight()]
    if not chosen["ra"] or not chosen["rb"]:
        why = html.P(
            "There is only one group of runs in sight. Group them by something in which they "
            "differ, or pick the runs of two groups by hand."
        )
        return [empty_state("Two groups are needed", why)]
    metric, which = chosen["rm"][0], _which(chosen)
    groups = _told_apart(*(_group(view, chosen, key) for key in ("ra", "rb")))
    samples = [sample_of(group, view.rows, metric, which) for group in groups]
    try:
        found = compare_groups(
            *samples, metric=metric, goal=goal_of(view.shown, metric), pairing=_pairing(chosen)
        )
    except InvalidInputError as error:
        return [empty_state("These groups cannot be compared so", html.P(str(error)))]
    except MissingExtraError as error:
        return [empty_state("The referee is not at home", html.P(str(error)))]
    named = view.comparison.names
    names = [[named.get(one, one) for one in group.ids] for group in groups]
    return _answer(view, found, samples, names)


def _which(chosen: Chosen) -> Which:
    return "last" if chosen["rv"] == ("last",) else "best"


def _pairing(chosen: Chosen) -> Pairing:
    return cast(Pairing, chosen["rp"][0])


def _group(view: TabView, chosen: Chosen, key: str) -> RunGroup:
    if chosen["rg"] != (BY_HAND,):
        groups = groups_of(view, chosen["rg"][0])
        return next(group for group in groups if (group.label,) == chosen[key])
    wanted = set(chosen[key])
    places = [place for place, row in enumerate(view.rows) if row["experiment_id"] in wanted]
    return RunGroup(
        label="the first group" if key == "ra" else "the second group",
        values={},
        rows=tuple(places),
        ids=tuple(str(view.rows[place]["experiment_id"]) for place in places),
        seeds=tuple(seed_of(view.rows[place]) for place in places),
    )


def _told_apart(a: RunGroup, b: RunGroup) -> tuple[RunGroup, RunGroup]:
    """Return the groups with labels of only that in which they differ: they stand in sentences."""
    names = {name: by for name in a.values if (by := b.values.get(name)) is not None}
    differing = [
        name for name, other in names.items() if comparable(a.values[name]) != comparable(other)
    ]
    if not differing or len(differing) == len(a.values):
        return a, b
    return _relabelled(a, differing), _relabelled(b, differing)


def _relabelled(group: RunGroup, names: Sequence[str]) -> RunGroup:
    parts = [
        f"{name.partition('.')[2] or name}={shown_value(group.values[name])}" for name in names
    ]
    return replace(group, label=", ".join(parts))


def _answer(
    view: TabView, found: Findings, samples: Sequence[Sample], names: Sequence[Sequence[str]]
) -> list[Component]:
    kind, icon_name, word = _MARKS[found.outcome]
    said = [
        badge(word, kind=kind, icon_name=icon_name),
        html.P(verdict(found), className="aq-verdict"),
    ]
    if not has_goal(view.shown, found.metric):
        guess = "smaller" if found.goal == "min" else "larger"
        words = (
            f"That {guess} is better is a guess: nobody set a direction of {found.metric}, and "
            "its name does not say."
        )
        said.append(html.P(words, className="aq-text-warn"))
    warned = [html.Li(text) for text in cautions(found)]
    chart = two_groups_dict(
        two_groups(found.metric, samples[0], samples[1], names, paired=found.paired),
        theme=view.theme,
        compact=True,
    )
    notes: list[Component] = []
    if warned:
        notes.append(card("Cautions", html.Ul(warned, className="aq-plain-list")))
    steps = [html.Li(text) for text in next_steps(found)]
    notes.append(card("What to do next", html.Ul(steps, className="aq-plain-list")))
    return [
        card("Verdict", html.Div(said, className="aq-stack"), actions=[]),
        html.Div(
            [
                chart_card(
                    "compare-referee-graph",
                    "Results",
                    chart,
                    label=f"Results of the two groups: {found.metric}",
                ),
                html.Div(notes, className="aq-stack"),
            ],
            className="aq-columns",
        ),
        card("Figures", [group_table(found), difference_table(found)]),
    ]


TAB = Tab(
    name="referee",
    label="Referee",
    keys=("rm", "rv", "rg", "rp", "ra", "rb"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    redraws=frozenset({"rg"}),
)
