"""Tab of the comparison: images of all runs side by side, at one step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, TypeAlias

from dash import dcc, html
from dash.development.base_component import Component

from neural.errors import NeuralError
from neural.tracking.pages.compare.tables import run_name
from neural.tracking.pages.compare.tabs.in_sight import nothing_in_sight
from neural.tracking.pages.compare.tabs.settings import bar, dropdown
from neural.tracking.pages.compare.tabs.tab import Chosen, Tab, TabView, setting_id
from neural.tracking.pages.run.media import show
from neural.tracking.ui.components import card, empty_state, labelled

__all__ = ["TAB", "nearest_steps"]

#: Names of images that are shown at first, and pictures on the page.
FIRST_KEYS, MOST_PICTURES = 2, 60

#: Images of each run by name and step.
Pictures: TypeAlias = dict[str, dict[str, dict[int, Mapping[str, Any]]]]


def _pictures(view: TabView) -> Pictures:
    revisions = tuple(sorted(view.context.manager.revision(view.comparison.names).items()))
    return view.cache.get(("images", revisions), lambda: _read(view))


def _read(view: TabView) -> Pictures:
    found: Pictures = {}
    for run in view.comparison.runs:
        mine = found.setdefault(run.id, {})
        try:
            entries = view.context.manager.media(run.id)
        except NeuralError:  # moved to the trash while somebody looks at it
            continue
        for entry in entries:
            step = entry.get("step")
            if entry.get("kind") == "image" and isinstance(step, int):
                mine.setdefault(str(entry.get("key")), {})[step] = entry
    return found


def _keys(pictures: Pictures) -> dict[str, str]:
    return {key: key for one in pictures.values() for key in one}


def _steps(pictures: Pictures, keys: tuple[str, ...]) -> list[int]:
    return sorted({step for one in pictures.values() for key in keys for step in one.get(key, ())})


def _chosen(view: TabView) -> Chosen:
    pictures = _pictures(view)
    known = _keys(pictures)
    keys = view.several("ik", known, tuple(known)[:FIRST_KEYS])
    steps = _steps(pictures, keys)
    asked = next(iter(view.asked("is")), "")
    places = {str(place): "" for place in range(len(steps))}
    last = str(len(steps) - 1) if steps else "0"
    return {"ik": keys, "is": (asked if asked in places else last,)}


def _controls(view: TabView, chosen: Chosen) -> list[Component]:
    pictures = _pictures(view)
    known = _keys(pictures)
    if not known:
        return []
    steps = _steps(pictures, chosen["ik"])
    slider = dcc.Input(
        id=setting_id("is"),
        type="range",
        min=0,
        max=max(0, len(steps) - 1),
        step=1,
        value=int(chosen["is"][0]),
        className="aq-range",
    )
    hint = f"{len(steps):,} steps, {steps[0]:,} to {steps[-1]:,}" if steps else None
    return [
        bar(
            dropdown("ik", "Images", known, chosen["ik"], several=True),
            html.Div(labelled("Step, of all runs", slider, hint=hint), className="aq-control-wide"),
        )
    ]


def _body(view: TabView, chosen: Chosen) -> list[Component]:
    pictures = _pictures(view)
    steps = _steps(pictures, chosen["ik"])
    if not steps:
        why = html.P("None of these runs has logged an image.")
        call = 'tracker.log_image("samples", image, step=step)'
        return [empty_state("No images", why, snippet=call)]
    if not view.shown.runs:
        return [nothing_in_sight()]
    place = int(chosen["is"][0])
    step = steps[place]
    said = f"Step {step:,} ({place + 1:,} of {len(steps):,})"
    parts: list[Component] = [html.P(said, className="aq-step-now", role="status")]
    left = MOST_PICTURES
    for key in chosen["ik"]:
        cells = [
            _cell(view, number, pictures.get(run.id, {}).get(key, {}), step)
            for number, run in enumerate(view.shown.runs[:left])
        ]
        left -= len(cells)
        parts.append(card(key, html.Div(cells, className="aq-grid-pictures")))
    hidden = len(chosen["ik"]) * len(view.shown.runs) - (MOST_PICTURES - left)
    if hidden:
        words = f"{hidden:,} more pictures are not shown: hide runs, or choose fewer images."
        parts.append(html.P(words, className="aq-hint"))
    return parts


def _cell(
    view: TabView, number: int, entries: Mapping[int, Mapping[str, Any]], step: int
) -> html.Figure:
    runs = view.shown
    name = html.Figcaption(
        run_name(runs.styles[number], runs.labels[number]), className="aq-run-line"
    )
    if step in entries:
        shown = show(view.context, runs.runs[number].id, entries[step], view.theme)[1:]
        return html.Figure([name, *shown], className="aq-picture-cell")
    why = _why_missing(entries, step)
    return html.Figure(
        [name, html.Div(why, className="aq-picture-missing")], className="aq-picture-cell"
    )


def _why_missing(entries: Mapping[int, Any], step: int) -> str:
    if not entries:
        return "Never logged by this run"
    near = " and ".join(f"{one:,}" for one in nearest_steps(sorted(entries), step))
    return f"None at step {step:,}; nearest: {near}"


def nearest_steps(steps: list[int], step: int) -> list[int]:
    """Return the logged step before and the one after a step that is not there.

    Example:
        >>> nearest_steps([0, 10, 20], 15), nearest_steps([0, 10], 15)
        ([10, 20], [10])
    """
    place = bisect_left(steps, step)
    return steps[max(0, place - 1) : place + 1] if place else steps[:1]


TAB = Tab(
    name="images",
    label="Images",
    keys=("ik", "is"),
    chosen=_chosen,
    controls=_controls,
    body=_body,
    redraws=frozenset({"ik"}),
    replaces=frozenset({"is"}),
)
