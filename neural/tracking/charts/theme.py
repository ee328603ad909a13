"""Colours and text of all charts, in a dark and a light theme."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, get_args

from neural.errors import UnknownNameError

__all__ = [
    "DASHES",
    "GRAPH_CONFIG",
    "RUN_COLORS",
    "TOKENS",
    "RunStyle",
    "Theme",
    "diverging",
    "escape_text",
    "run_color",
    "run_slot",
    "run_styles",
    "sequential",
    "short_label",
    "template",
]

Theme = Literal["dark", "light"]

#: Colours by theme and use. The contrast of text on ``bg`` and ``panel`` is at least 4.5 to 1,
#: that of controls and graphics at least 3 to 1; ``hairline`` only decorates.
TOKENS: Final[dict[Theme, dict[str, str]]] = {
    "dark": {
        "bg": "#00143c",
        "panel": "#061c4a",
        "raised": "#0c2560",
        "text": "#e6edf7",
        "muted": "#a9b8d3",
        "accent": "#00b4f0",
        "on_accent": "#00143c",
        "accent_2": "#c77dff",
        "brand": "#b428ff",
        "border": "#5f7bbd",
        "hairline": "#1b3a7a",
        "ok": "#34d399",
        "error": "#ff6b6b",
        "warn": "#ffb547",
        "focus": "#00b4f0",
        "neutral": "#8793ab",
    },
    "light": {
        "bg": "#f5f8fd",
        "panel": "#ffffff",
        "raised": "#ffffff",
        "text": "#0b1b3b",
        "muted": "#475a7d",
        "accent": "#006f9a",
        "on_accent": "#ffffff",
        "accent_2": "#8a12cc",
        "brand": "#b428ff",
        "border": "#7488a8",
        "hairline": "#d5deec",
        "ok": "#0a7a4b",
        "error": "#c42b2b",
        "warn": "#8f5a00",
        "focus": "#006f9a",
        "neutral": "#7a8496",
    },
}

#: Eight hues for runs. A slot has the same hue and rank of lightness in both themes, so a run
#: is recognised after a switch. The smallest CIEDE2000 distance of any two is 13 and more,
#: also with protanopia, deuteranopia and tritanopia (Machado et al. 2009).
RUN_COLORS: Final[dict[Theme, tuple[str, ...]]] = {
    "dark": (
        *("#22a9dc", "#f6a3af", "#a2a203", "#516ce9"),
        *("#d2e2fd", "#06915f", "#e5e899", "#a1628d"),
    ),
    "light": (
        *("#005e7d", "#a65a67", "#595911", "#191894"),
        *("#668bc9", "#074029", "#8f9145", "#551c45"),
    ),
}

#: Second cue, and what tells runs of one hue apart.
DASHES: Final = ("solid", "dash", "dot", "dashdot")

#: For every ``dcc.Graph``: nothing of a chart leaves the machine. Plotly's "Share chart"
#: button, on by default, would upload it.
GRAPH_CONFIG: Final[dict[str, Any]] = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "responsive": True,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}

_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
_PALETTE_SIZE = len(RUN_COLORS["dark"])

_CIVIDIS = (
    *("#00224e", "#123570", "#3b496c", "#575d6d", "#707173"),
    *("#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"),
)

#: What Plotly would read as a tag, an entity, a template or a formula.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "%": "&#37;", "$": "&#36;"})


@dataclass(frozen=True, slots=True)
class RunStyle:
    """What a run looks like in every chart and table of a page.

    Attributes:
        slot: Index into :data:`RUN_COLORS`; ``None`` is neutral grey.
        dash: Dash pattern, one of :data:`DASHES`.
    """

    slot: int | None
    dash: str = "solid"

    def color(self, theme: Theme = "dark") -> str:
        """Return the colour as ``#rrggbb``."""
        return TOKENS[theme]["neutral"] if self.slot is None else RUN_COLORS[theme][self.slot]


def run_color(run_id: str, theme: Theme = "dark") -> str:
    """Return the colour that belongs to a run, the same in every process and session."""
    return RUN_COLORS[theme][run_slot(run_id)]


def run_slot(run_id: str, chosen: Mapping[str, int] | None = None) -> int:
    """Return the slot of a run on its own: as somebody chose it, else by its id.

    Args:
        run_id: Id of the run.
        chosen: Slots that people gave to runs.
    """
    if chosen and run_id in chosen:
        return chosen[run_id] % _PALETTE_SIZE
    # Python's own hash differs by process.
    return zlib.crc32(run_id.encode("utf-8", "surrogatepass")) % _PALETTE_SIZE


def run_styles(
    run_ids: Iterable[str], chosen: Mapping[str, int] | None = None
) -> dict[str, RunStyle]:
    """Return a style for each run of a page, no two alike up to 32 runs.

    Each run takes its own colour (:func:`run_slot`) if no earlier run has it, else the next
    free one. After eight runs hues repeat with another dash pattern, after 32 runs
    all others are neutral grey. Earlier runs never change when later ones are added.

    Args:
        run_ids: Ids in the order in which they were chosen.
        chosen: Slots that people gave to runs: they keep the hue whatever else is shown, and only
            the dash pattern tells two of one hue apart.
    """
    chosen = chosen or {}
    styles: dict[str, RunStyle] = {}
    taken: set[tuple[int, str]] = set()
    for number, run_id in enumerate(dict.fromkeys(run_ids)):
        home = run_slot(run_id, chosen)
        turns = 1 if run_id in chosen else _PALETTE_SIZE
        slots = [(home + turn) % _PALETTE_SIZE for turn in range(turns)]
        first = 0 if run_id in chosen else number // _PALETTE_SIZE
        identities = ((slot, dash) for dash in DASHES[first:] for slot in slots)
        free = next((one for one in identities if one not in taken), None)
        styles[run_id] = RunStyle(None) if free is None else RunStyle(*free)
        taken.update(() if free is None else (free,))
    return styles


def escape_text(text: object) -> str:
    """Return ``text`` so that Plotly draws it literally.

    Plotly reads titles, names, labels and annotations as a kind of HTML with templates; a
    run called ``<a href=…>`` would become a link.

    Example:
        >>> escape_text("<b>%{x} & co")
        '&lt;b&gt;&#37;{x} &amp; co'
    """
    return str(text).translate(_ESCAPES)


def short_label(text: object, length: int = 40) -> str:
    """Return ``text`` in at most ``length`` characters, its middle cut out, and escaped.

    Both ends stay, because names differ in their prefix or in their suffix.

    Example:
        >>> short_label("encoder/layer/11/attention/weight", 16)
        'encoder/…/weight'
    """
    plain = str(text)
    if len(plain) > length:
        head = length // 2
        plain = f"{plain[:head]}…{plain[head + 1 - length :]}"
    return escape_text(plain)


def diverging(theme: Theme = "dark") -> list[tuple[float, str]]:
    """Return a colour scale for values around zero, its middle the colour of the panel."""
    blue, orange = ("#22a9dc", "#ff9f43") if theme == "dark" else ("#006f9a", "#b45f06")
    return [(0.0, blue), (0.5, TOKENS[theme]["panel"]), (1.0, orange)]


def sequential(theme: Theme = "dark") -> list[tuple[float, str]]:
    """Return a colour scale from little to much; no end of it is the colour of the panel.

    It is cividis, which reads the same with every kind of colour vision; in the dark theme
    without its dark end, so that a cell without a value does not look like the smallest one.

    Reference:
        J. R. Nuñez, C. R. Anderton, R. S. Renslow, "Optimizing colormaps with consideration
        for color vision deficiency", PLOS ONE 13, 2018.
    """
    colors = _CIVIDIS[2:] if theme == "dark" else _CIVIDIS
    return [(i / (len(colors) - 1), color) for i, color in enumerate(colors)]


@lru_cache
def template(theme: Theme = "dark") -> dict[str, Any]:
    """Return the Plotly template of a theme; shared, so never change it.

    Raises:
        UnknownNameError: There is no such theme.
    """
    if theme not in TOKENS:
        raise UnknownNameError("theme", theme, get_args(Theme))
    token = TOKENS[theme]
    return {
        "layout": {
            "paper_bgcolor": token["panel"],
            "plot_bgcolor": token["panel"],
            "colorway": list(RUN_COLORS[theme]),
            "font": {"family": _FONT, "size": 12, "color": token["text"]},
            "title": {
                "font": {"size": 14},
                "subtitle": {"font": {"size": 11, "color": token["muted"]}},
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
            },
            "xaxis": _axis(token) | {"exponentformat": "SI"},
            "yaxis": _axis(token) | {"exponentformat": "power"},
            "hoverlabel": {
                "bgcolor": token["raised"],
                "bordercolor": token["border"],
                "font": {"color": token["text"], "size": 12},
                "align": "left",
                "namelength": -1,
            },
            "legend": {"bgcolor": "rgba(0,0,0,0)", "font": {"color": token["text"]}},
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": token["muted"],
                "activecolor": token["accent"],
                # GRAPH_CONFIG does not reach figures that are shown outside the dashboard.
                "remove": ["sendChartToCloud"],
            },
            "annotationdefaults": {"font": {"color": token["text"]}, "showarrow": False},
            "colorscale": {"sequential": sequential(theme), "diverging": diverging(theme)},
        }
    }


def _axis(token: dict[str, str]) -> dict[str, Any]:
    return {
        "gridcolor": token["hairline"],
        "zerolinecolor": token["hairline"],
        "linecolor": token["border"],
        "tickcolor": token["border"],
        "tickfont": {"color": token["muted"]},
        "title": {"font": {"color": token["muted"]}, "standoff": 8},
        "automargin": True,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
    }
