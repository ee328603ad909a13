from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from neural.errors import UnknownNameError
from neural.tracking.charts.contrast import contrast
from neural.tracking.charts.theme import (
    DASHES,
    GRAPH_CONFIG,
    RUN_COLORS,
    TOKENS,
    RunStyle,
    Theme,
    diverging,
    escape_text,
    run_color,
    run_styles,
    sequential,
    short_label,
    template,
)

THEMES: list[Theme] = ["dark", "light"]

#: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
#: deficiency", IEEE TVCG 15, 2009: severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}

_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def _lab(color: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of ``#rrggbb`` as somebody with ``vision`` sees it."""
    encoded = np.array(list(bytes.fromhex(color[1:]))) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    ratio = _TO_XYZ @ np.clip(vision @ linear, 0, 1) / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _ciede2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005."""
    (l1, a1, b1), (l2, a2, b2) = one.tolist(), other.tolist()
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = (h1 + dh / 2) % 360 if c1 * c2 else h1 + h2
    dh_chord = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2)))
    r_t = -np.sin(turn) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    parts = ((l2 - l1) / s_l, (c2 - c1) / s_c, dh_chord / s_h)
    return float(np.sqrt(sum(p**2 for p in parts) + r_t * parts[1] * parts[2]))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_distance_of_the_published_pairs(
    one: tuple[float, ...], other: tuple[float, ...], distance: float
) -> None:
    """The ruler the palette is measured with is right."""
    assert _ciede2000(np.array(one), np.array(other)) == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", sorted(VISION))
def test_run_colours_differ_for_every_kind_of_vision(theme: Theme, vision: str) -> None:
    """The two closest of the eight colours are still 13 apart; Plotly's own come down to 0.7."""
    colors = [_lab(color, VISION[vision]) for color in RUN_COLORS[theme]]

    assert min(_ciede2000(a, b) for a, b in itertools.combinations(colors, 2)) >= 13


@pytest.mark.parametrize("theme", THEMES)
def test_lines_stand_out_from_their_ground(theme: Theme) -> None:
    """Run colours and neutral grey have 3 to 1 on both surfaces."""
    lines = [*RUN_COLORS[theme], TOKENS[theme]["neutral"]]

    for ground in (TOKENS[theme]["bg"], TOKENS[theme]["panel"]):
        assert min(contrast(line, ground) for line in lines) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("use", ["text", "muted", "accent", "accent_2", "ok", "error", "warn"])
def test_text_is_readable(theme: Theme, use: str) -> None:
    """Every colour of text has 4.5 to 1 on every surface."""
    token = TOKENS[theme]

    for ground in (token["bg"], token["panel"], token["raised"]):
        assert contrast(token[use], ground) >= 4.5


def test_both_themes_have_the_same_uses() -> None:
    """A use that one theme forgets would fall back to a colour of the other."""
    assert TOKENS["dark"].keys() == TOKENS["light"].keys()
    assert len(RUN_COLORS["dark"]) == len(RUN_COLORS["light"]) == 8


@pytest.mark.parametrize("theme", THEMES)
def test_no_value_looks_like_no_value(theme: Theme) -> None:
    """Both ends of the scale of a heatmap can be told from its ground."""
    scale = sequential(theme)

    assert min(contrast(color, TOKENS[theme]["panel"]) for _, color in scale) >= 1.15
    assert [place for place, _ in scale] == sorted(place for place, _ in scale)
    assert diverging(theme)[1] == (0.5, TOKENS[theme]["panel"])


def test_colour_of_a_run_never_changes() -> None:
    """It follows from the id alone, also in another process and version."""
    assert run_color("0123456789ab") == "#a2a203"
    assert run_color("0123456789ab", "light") == "#595911"


def test_thirty_two_runs_all_look_different() -> None:
    """Eight hues with four dash patterns each, the hues first."""
    styles = run_styles(f"run{i}" for i in range(32))

    assert len({(style.slot, style.dash) for style in styles.values()}) == 32
    assert {style.dash for style in list(styles.values())[:8]} == {"solid"}
    assert {style.dash for style in styles.values()} == set(DASHES)


def test_run_keeps_its_own_colour_if_it_is_free() -> None:
    """The first run of a page has the colour it has everywhere."""
    style = run_styles(["0123456789ab", "other"])["0123456789ab"]

    assert style.color() == run_color("0123456789ab")


def test_later_runs_do_not_change_earlier_ones() -> None:
    """Choosing one more run repaints nothing."""
    ids = [f"run{i}" for i in range(40)]

    few, many = run_styles(ids[:5]), run_styles(ids)

    assert few == {run_id: many[run_id] for run_id in ids[:5]}


def test_runs_beyond_the_palette_are_grey() -> None:
    """A ninth dash pattern could not be told apart; grey says so."""
    styles = run_styles(f"run{i}" for i in range(33))

    assert styles["run32"] == RunStyle(None)
    assert styles["run32"].color("light") == TOKENS["light"]["neutral"]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<a href='x'>", "&lt;a href='x'&gt;"),
        ("&lt;b", "&amp;lt;b"),
        ("%{fullData.name}", "&#37;{fullData.name}"),
        ("${env}", "&#36;{env}"),
        ("$\\alpha$", "&#36;\\alpha&#36;"),
        ("val/loss ü 🚀", "val/loss ü 🚀"),
    ],
)
def test_text_is_escaped(text: str, escaped: str) -> None:
    """What Plotly would read as markup, template or formula is spelled out."""
    assert escape_text(text) == escaped


def test_long_labels_keep_both_ends() -> None:
    """The cut is made before escaping, so no entity is cut in half."""
    label = short_label("<" * 30 + "middle" + ">" * 30, 11)

    assert label == "&lt;" * 5 + "…" + "&gt;" * 5


def test_short_labels_are_whole() -> None:
    """A label of just the length allowed is not cut."""
    assert short_label("x" * 40) == "x" * 40


def test_nothing_of_a_chart_leaves_the_machine() -> None:
    """Plotly's button that uploads a chart is off in the dashboard and in notebooks."""
    assert GRAPH_CONFIG["showSendToCloud"] is False
    assert GRAPH_CONFIG["plotlyServerURL"] == ""
    assert GRAPH_CONFIG["displaylogo"] is False
    assert "sendChartToCloud" in template("dark")["layout"]["modebar"]["remove"]


def test_unknown_theme() -> None:
    """The message names the themes there are."""
    with pytest.raises(UnknownNameError, match=re.escape("Unknown theme 'drak'. Did you mean")):
        template("drak")


def test_a_chosen_colour_stays_whatever_else_is_shown() -> None:
    """Somebody gave both runs one colour; the dash pattern tells them apart."""
    styles = run_styles(["a", "b", "c"], {"b": 5, "c": 5})

    assert (styles["b"], styles["c"]) == (RunStyle(5), RunStyle(5, "dash"))
    assert run_styles(["c"], {"c": 5})["c"].slot == 5


def test_thirty_two_runs_differ_although_colours_were_chosen() -> None:
    """Chosen colours take no identity twice."""
    ids = [f"run {i}" for i in range(32)]

    styles = run_styles(ids, {ids[1]: 3, ids[2]: 3, ids[20]: 3})

    known = [(style.slot, style.dash) for style in styles.values() if style.slot is not None]
    assert len(set(known)) == len(known) >= 24


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("use", ["border", "focus", "accent", "neutral"])
def test_controls_stand_out(theme: Theme, use: str) -> None:
    """Edges of controls, the focus ring and graphics have 3 to 1 on every surface."""
    token = TOKENS[theme]

    for ground in (token["bg"], token["panel"], token["raised"]):
        assert contrast(token[use], ground) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_a_filled_button_is_readable(theme: Theme) -> None:
    """White on the dark theme's accent would be 2.4 to 1."""
    assert contrast(TOKENS[theme]["on_accent"], TOKENS[theme]["accent"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_both_ends_of_a_correlation_stand_out(theme: Theme) -> None:
    """A strong correlation of either sign is not the colour of the panel, for any vision."""
    (_, low), _, (_, high) = diverging(theme)

    assert min(contrast(end, TOKENS[theme]["panel"]) for end in (low, high)) >= 3
    for vision in VISION.values():
        assert _ciede2000(_lab(low, vision), _lab(high, vision)) >= 13


def test_a_run_keeps_its_hue_in_the_other_theme() -> None:
    """The hue turns by less than an eighth, and the rank of lightness moves by one at most."""
    seen = {theme: [_lab(one, VISION["normal"]) for one in RUN_COLORS[theme]] for theme in THEMES}
    dark, light = (np.argsort(np.argsort([lab[0] for lab in seen[theme]])) for theme in THEMES)
    turns = [
        abs((np.arctan2(b[2], b[1]) - np.arctan2(a[2], a[1]) + np.pi) % (2 * np.pi) - np.pi)
        for a, b in zip(seen["dark"], seen["light"], strict=True)
        if np.hypot(a[1], a[2]) > 15  # what is nearly grey has no hue to keep
    ]

    assert max(turns) < np.pi / 4
    assert np.abs(dark - light).max() <= 1
