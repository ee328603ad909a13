"""Images, texts, histograms and tables of a run, by step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from dash import dcc, html
from dash.development.base_component import Component

from neural.errors import NotFoundError
from neural.tracking.charts.figures import FigureDict, base_layout, encode
from neural.tracking.charts.theme import TOKENS, Theme
from neural.tracking.pages.addresses import plain_id
from neural.tracking.pages.param_diff import value_text
from neural.tracking.pages.run.artifacts import MOST_TEXT_BYTES, text_start
from neural.tracking.pages.tables import table
from neural.tracking.storage.layout import RunPaths
from neural.tracking.ui.components import card, empty_state, graph
from neural.tracking.ui.files import media_url, open_contained
from neural.tracking.ui.format import format_size
from neural.tracking.ui.page import AppContext

__all__ = ["STEP", "VIEW", "Medium", "histogram_figure", "media_of", "media_tab", "show"]

#: Types of ids; ``index`` is the place of the card on the page.
STEP = "run-media-step"
VIEW = "run-media-view"

#: Cards on the page; each holds one entry at a time.
MOST_CARDS = 24
MOST_ROWS = 100
#: Tables larger than this are not read to show their start.
MOST_TABLE_BYTES = 5_000_000


class Medium(NamedTuple):
    """All entries of one kind under one name, by step."""

    key: str
    kind: str
    entries: tuple[Mapping[str, Any], ...]


def media_of(entries: Sequence[Mapping[str, Any]]) -> list[Medium]:
    """Return the entries by name and kind, in the order in which the names first appear."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        groups.setdefault((str(entry.get("key")), str(entry.get("kind"))), []).append(entry)
    return [
        Medium(key, kind, tuple(sorted(found, key=lambda entry: entry.get("step") or 0)))
        for (key, kind), found in groups.items()
    ]


def media_tab(
    context: AppContext, experiment_id: str, media: Sequence[Medium], theme: Theme
) -> list[Component]:
    """Return the content of the tab: the last entry of each name, and a slider to the others."""
    if not media:
        why = html.P("Images, texts, histograms and tables that a run logs by step show here.")
        call = 'tracker.log_image("samples", image, step=step)'
        return [empty_state("No media", why, snippet=call)]
    cards = [
        _card(context, experiment_id, index, medium, theme)
        for index, medium in enumerate(media[:MOST_CARDS])
    ]
    parts: list[Component] = [html.Div(cards, className="aq-grid-media")]
    if len(media) > MOST_CARDS:
        more = f"{len(media) - MOST_CARDS:,} more names are not shown."
        parts.append(html.P(more, className="aq-hint"))
    return parts


def _card(
    context: AppContext, experiment_id: str, index: int, medium: Medium, theme: Theme
) -> html.Section:
    last = len(medium.entries) - 1
    slider_id = {"type": STEP, "index": index}
    # Not dcc.Slider: it finds its label only by an id that is plain text.
    slider = dcc.Input(
        id=slider_id, type="range", min=0, max=last, step=1, value=last, className="aq-range"
    )
    chosen = html.Div(
        show(context, experiment_id, medium.entries[last], theme), id={"type": VIEW, "index": index}
    )
    label = html.Label(
        "Step",
        id=f"run-media-label-{index}",
        # As Dash spells the id of a component in the page.
        htmlFor=json.dumps(slider_id, sort_keys=True, separators=(",", ":")),
        className="aq-label",
    )
    choice = [html.Div([label, slider], className="aq-field")] if last else []
    return card(medium.key, [*choice, chosen])


def show(
    context: AppContext, experiment_id: str, entry: Mapping[str, Any], theme: Theme
) -> list[Component]:
    """Return one entry ready to show, with its step; a damaged one says what is wrong with it."""
    step = html.P(f"step {entry.get('step')}", className="aq-hint")
    try:
        shown = _SHOWN.get(str(entry.get("kind")), _unknown)(context, experiment_id, entry, theme)
    except (NotFoundError, ValueError, TypeError, KeyError) as error:
        shown = html.P(f"This entry cannot be shown: {error}", className="aq-text-warn")
    return [step, shown]


def _image(
    context: AppContext, experiment_id: str, entry: Mapping[str, Any], _theme: Theme
) -> Component:
    path = _inside_media(entry)
    label = f"{entry.get('key')}, step {entry.get('step')}"
    return html.Img(src=media_url(context, experiment_id, path), alt=label, className="aq-picture")


def _text(
    context: AppContext, experiment_id: str, entry: Mapping[str, Any], _theme: Theme
) -> Component:
    if "value" in entry:
        return html.Pre(str(entry["value"]), className="aq-trace", tabIndex=0)
    start = _read(context, experiment_id, entry, MOST_TEXT_BYTES + 1)
    return html.Pre(text_start(start) or "not a text", className="aq-trace", tabIndex=0)


def _histogram(_context: AppContext, _id: str, entry: Mapping[str, Any], theme: Theme) -> Component:
    key = str(entry.get("key"))
    figure = histogram_figure(entry["value"], theme)
    return graph(
        {"type": "run-media-graph", "index": plain_id(key)},
        figure,
        label=f"Histogram of {key} at step {entry.get('step')}",
        style={"height": "220px"},
    )


def histogram_figure(value: Mapping[str, Any], theme: Theme) -> FigureDict:
    """Return the chart of ``{"edges": (B + 1,), "counts": (B,)}``.

    Raises:
        ValueError: The two do not fit together.
    """
    edges = np.asarray(value["edges"], dtype=np.float64)
    counts = np.asarray(value["counts"], dtype=np.float64)
    if edges.ndim != 1 or edges.size != counts.size + 1:
        raise ValueError(f"{edges.size} edges do not bound {counts.size} bins")
    bars = {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": counts,
        "width": np.diff(edges),
        "marker": {"color": TOKENS[theme]["accent"]},
        "hovertemplate": "%{x:.4~g}: %{y:,}<extra></extra>",
    }
    layout = {**base_layout(theme, compact=True), "bargap": 0.02}
    figure: FigureDict = encode({"data": [bars], "layout": layout})
    return figure


def _table(
    context: AppContext, experiment_id: str, entry: Mapping[str, Any], _theme: Theme
) -> Component:
    data = entry.get("value")
    if data is None:
        start = _read(context, experiment_id, entry, MOST_TABLE_BYTES + 1)
        if len(start) > MOST_TABLE_BYTES:
            raise ValueError(f"the table is larger than {format_size(MOST_TABLE_BYTES)}")
        data = json.loads(start)
    rows = [
        html.Tr([html.Td(value_text(cell)) for cell in row]) for row in data["rows"][:MOST_ROWS]
    ]
    shown = table([str(name) for name in data["columns"]], rows, label=str(entry.get("key")))
    if len(data["rows"]) <= MOST_ROWS:
        return shown
    hint = html.P(f"The first {MOST_ROWS} of {len(data['rows']):,} rows.", className="aq-hint")
    return html.Div([shown, hint])


def _unknown(_context: AppContext, _id: str, entry: Mapping[str, Any], _theme: Theme) -> Component:
    return html.P(f"Aquarium does not know the kind {entry.get('kind')!r}.", className="aq-muted")


_SHOWN = {"image": _image, "text": _text, "histogram": _histogram, "table": _table}


def _inside_media(entry: Mapping[str, Any]) -> str:
    path = str(entry["path"])
    if not path.startswith("media/"):
        raise ValueError(f"its file {path!r} is not in the media folder")
    return path.removeprefix("media/")


def _read(context: AppContext, experiment_id: str, entry: Mapping[str, Any], most: int) -> bytes:
    paths = RunPaths(context.base_dir / context.manager.run(experiment_id).folder)
    with open_contained(paths.media_dir, paths.media_dir / _inside_media(entry)) as file:
        return file.read(most)
