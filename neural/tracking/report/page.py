"""The HTML of a report: everything in it can be read without running a script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from neural.tracking.charts.theme import RunStyle
from neural.tracking.report.content import Content
from neural.tracking.report.markup import Markup, join, tag
from neural.tracking.report.tables import card, params_card, runs_card, swatch
from neural.tracking.ui.format import format_time

__all__ = ["Origin", "body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a report comes from, and what is not in it.

    Attributes:
        title: Its title.
        made: When it was made, epoch seconds.
        place: Name of the folder the runs lie in, without the path to it.
        version: Of this package.
        points: Logged values of all runs.
        files: Artifacts and other files that are in it.
        notes: What was left out or redacted, a sentence each.
    """

    title: str
    made: float
    place: str
    version: str
    points: int
    files: int
    notes: Sequence[str]


def body(content: Content, styles: Mapping[str, RunStyle], origin: Origin, group_by: str) -> Markup:
    """Return all that stands on the page.

    Args:
        content: What is said.
        styles: Looks of the runs by id.
        origin: Where it comes from.
        group_by: The grouping that is on at first; empty is none.
    """
    sections = [
        runs_card(content, styles),
        _curves_card(content, group_by),
        params_card(content, styles),
        _notes_card(content, styles),
        _about_card(origin),
    ]
    return join(
        [
            tag("a", "Skip to content", class_="nr-skip", href="#content"),
            _top(content, origin),
            tag("main", join(sections), id="content", class_="nr-page", tabindex="-1"),
        ]
    )


def _top(content: Content, origin: Origin) -> Markup:
    count = len(content.runs)
    words = (
        f"{count:,} run{'' if count == 1 else 's'} · {len(content.metrics):,} "
        f"metric{'' if len(content.metrics) == 1 else 's'} · {origin.points:,} points · from "
        f"{origin.place} · made {format_time(origin.made)} with neural {origin.version}"
    )
    head = tag("div", tag("h1", origin.title), tag("p", words, class_="nr-hint"))
    button = tag("button", "Theme", id="nr-theme", type="button", class_="nr-button", hidden=True)
    return tag("header", head, button, class_="nr-top")


def _curves_card(content: Content, group_by: str) -> Markup:
    if not content.metrics:
        return card("Curves", tag("p", "No run logged a metric.", class_="nr-hint"))
    options = [tag("option", "none", value="")] + [
        tag("option", one.title, value=one.key, selected=one.key == group_by)
        for one in content.groupings
    ]
    axes = [("step", "step"), ("relative", "relative time"), ("time", "wall clock")]
    slider = '<input id="nr-smoothing" type="range" min="0" max="0.99" step="0.01" value="0">'
    controls = tag(
        "fieldset",
        tag("label", "Smoothing ", Markup(slider), tag("output", "0.00", id="nr-smoothing-value")),
        tag("label", "x ", _select("nr-x", [tag("option", words, value=v) for v, words in axes])),
        tag("label", Markup('<input id="nr-log" type="checkbox">'), " log y"),
        tag("label", "Group by ", _select("nr-group", options)),
        tag("label", "Metrics ", Markup('<input id="nr-search" type="search">')),
        id="nr-controls",
        class_="nr-controls",
        disabled=True,
        aria_label="How the curves are drawn",
    )
    needs_script = "The curves need JavaScript; the tables do not."
    return card(
        "Curves",
        controls,
        tag("noscript", tag("p", needs_script)),
        tag("p", id="nr-status", class_="nr-hint nr-status", role="status"),
        tag("ul", id="nr-legend", class_="nr-legend", aria_label="Groups"),
        tag("div", id="nr-charts", class_="nr-charts"),
    )


def _select(name: str, options: Iterable[Markup]) -> Markup:
    return tag("select", join(options), id=name, autocomplete="off")


def _notes_card(content: Content, styles: Mapping[str, RunStyle]) -> Markup:
    notes = [
        tag(
            "div",
            tag("h3", swatch(styles[run.record.experiment_id]), " ", run.label),
            tag("pre", run.record.notes),
            class_="nr-note",
        )
        for run in content.runs
        if run.record.notes.strip()
    ]
    return card("Notes", tag("div", *notes)) if notes else Markup()


def _about_card(origin: Origin) -> Markup:
    files = (
        f"and {origin.files:,} of their files"
        if origin.files
        else "without their artifacts, images and logs"
    )
    words = (
        "This file needs no network and asks for nothing. It holds the runs themselves, every "
        f"logged value, parameter and note, {files}. This brings them back:"
    )
    left_out = tag("ul", *(tag("li", note) for note in origin.notes)) if origin.notes else Markup()
    inside = tag(
        "div",
        tag("p", words),
        tag("pre", tag("code", "neural import REPORT.html"), tabindex="0"),
        left_out,
        class_="nr-about",
    )
    return card("About this file", inside)
