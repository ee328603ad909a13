"""The figures behind a verdict of the referee, each with where its formula comes from."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from neural.tracking.analysis.bootstrap import Interval
from neural.tracking.analysis.referee import Comparison, GroupFigures
from neural.tracking.analysis.statistics import Significance
from neural.tracking.pages.tables import table
from neural.tracking.ui.components import number
from neural.tracking.ui.icons import icon

__all__ = ["SOURCES", "difference_table", "group_table"]

#: What each figure is, and where its formula comes from.
SOURCES: dict[str, str] = {
    "Mean": "Arithmetic mean of the finite results.",
    "Std": "Sample standard deviation, with n − 1 in the denominator.",
    "Median": "Middle of the sorted results.",
    "IQM": (
        "Interquartile mean: mean of the middle half of the results. R. Agarwal et al., Deep "
        "reinforcement learning at the edge of the statistical precipice, NeurIPS 2021."
    ),
    "Difference of means": (
        "Mean of the second group less that of the first; interval by the bootstrap of B. Efron, "
        "Annals of Statistics 7, 1979, with 10,000 resamples."
    ),
    "Difference of IQMs": ("The same of the interquartile means. R. Agarwal et al., NeurIPS 2021."),
    "Probability of improvement": (
        "How likely a run of the second group is better than one of the first, failed runs being "
        "worst. R. Agarwal et al., NeurIPS 2021, after H. B. Mann and D. R. Whitney, Annals of "
        "Mathematical Statistics 18, 1947."
    ),
    "Cohen's d": (
        "Difference of the means in pooled standard deviations. J. Cohen, Statistical power "
        "analysis for the behavioral sciences, 1988."
    ),
    "Hedges' g": (
        "Cohen's d without its bias in small samples. L. V. Hedges, Journal of Educational "
        "Statistics 6, 1981."
    ),
    "Cliff's delta": (
        "How much more often a result of the second group is the larger, from −1 to 1. N. Cliff, "
        "Psychological Bulletin 114, 1993."
    ),
    "t test": (
        "Unpaired: B. L. Welch, Biometrika 34, 1947. Paired: Student, Biometrika 6, 1908. "
        "Two-sided."
    ),
    "Rank test": (
        "Unpaired: H. B. Mann and D. R. Whitney, 1947. Paired: F. Wilcoxon, Biometrics Bulletin 1, "
        "1945. Two-sided."
    ),
}


def group_table(found: Comparison) -> Component:
    """Return what the results of either group come to."""
    heads = ("Group", "+Runs", "+Failed", "+Mean", "+Std", "+Median", "+IQM, 95 %", "+Range")
    return table(heads, [_group_row(found.a), _group_row(found.b)], label="Figures of the groups")


def _group_row(group: GroupFigures) -> html.Tr:
    cells: list[Component | str] = [
        str(group.n),
        str(group.failed),
        _told("Mean", number(_known(group.mean))),
        _told("Std", number(_known(group.std))),
        _told("Median", number(_known(group.median))),
        _told("IQM", _with_interval(group.iqm, group.iqm_interval)),
        html.Span([number(_known(group.min)), " to ", number(_known(group.max))]),
    ]
    name = html.Th(group.label, scope="row")
    return html.Tr([name, *(html.Td(cell, className="aq-cell-end") for cell in cells)])


def difference_table(found: Comparison) -> Component:
    """Return how the second group stands to the first."""
    rows = [
        ("Difference of means", _with_interval(found.difference, found.interval)),
        (
            "Difference of IQMs",
            _with_interval(found.iqm_difference, found.iqm_difference_interval),
        ),
        (
            "Probability of improvement",
            _with_interval(found.improvement, found.improvement_interval),
        ),
        ("Cohen's d", number(_known(found.cohens_d))),
        ("Hedges' g", number(_known(found.hedges_g))),
        ("Cliff's delta", number(_known(found.cliffs_delta))),
        ("t test", _test(found.t_test)),
        ("Rank test", _test(found.rank_test)),
    ]
    heads = ("Second group against the first", "+Value", "About")
    body = [
        html.Tr(
            [
                html.Th(_told(name, name), scope="row"),
                html.Td(value, className="aq-cell-end"),
                html.Td(SOURCES[name], className="aq-hint aq-source"),
            ]
        )
        for name, value in rows
    ]
    how = "Compared in pairs of one seed" if found.paired else "Compared unpaired"
    said = html.P(f"{how}: {found.b.label} against {found.a.label}.", className="aq-hint")
    shown = table(heads, body, label="Differences between the groups")
    return html.Div([said, shown], className="aq-after-tiles")


def _told(name: str, content: Component | str) -> html.Span:
    about = html.Span(icon("info"), className="aq-about")
    parts: list[Component | str] = [content, about] if content == name else [content]
    return html.Span(parts, title=SOURCES[name])


def _with_interval(value: float, interval: Interval) -> html.Span:
    if math.isnan(interval.low):
        return html.Span([number(_known(value)), html.Span(" (no interval)", className="aq-muted")])
    ends: list[Component | str] = [
        " (",
        number(interval.low),
        " to ",
        number(interval.high),
        ")",
    ]
    return html.Span([number(_known(value)), html.Span(ends, className="aq-muted")])


def _test(found: Significance) -> html.Span:
    p = "unknown" if math.isnan(found.p) else f"{found.p:.3g}"
    return html.Span(f"{found.name}: p = {p}")


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
