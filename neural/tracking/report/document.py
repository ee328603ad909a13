"""The HTML file of a report: what it may run, how it looks, and the data it carries."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from neural.tracking.charts.script import plotly_script
from neural.tracking.charts.theme import RUN_COLORS, TOKENS, run_styles
from neural.tracking.report.content import Content
from neural.tracking.report.markup import Markup, join, tag
from neural.tracking.report.reading import SCRIPT_TYPE
from neural.tracking.report.tables import look_of, swatch

__all__ = ["document"]

_SCRIPTS = ("numbers.js", "data.js", "charts.js", "page.js")
_PLOTLY_ID = "neural-plotly"


def document(inside: Markup, content: Content, title: str, data: Mapping[str, bytes]) -> bytes:
    """Return the file.

    Args:
        inside: What stands on the page.
        content: What the page says.
        title: Of the window.
        data: Packed data by the id of the element that holds it.

    Raises:
        MissingExtraError: Plotly is not installed.
    """
    theme, program = _asset("theme.js"), "\n".join(_asset(name) for name in _SCRIPTS)
    plotly, plotly_hash = _packed_plotly()
    hashes = f"{_hash(theme)} {plotly_hash} {_hash(program)}"
    # Nothing may be fetched, sent, framed or run but the three scripts with these hashes.
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    head = [
        Markup('<meta charset="utf-8">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        tag("title", title),
        Markup(f"<style>{_styles()}</style><script>{theme}</script>"),
    ]
    parts = [
        Markup('<!doctype html>\n<html lang="en" data-theme="dark">\n'),
        tag("head", *head),
        Markup("<body>"),
        inside,
        _group_swatches(content),
        Markup("\n".join(_block(name, one) for name, one in [*data.items(), (_PLOTLY_ID, plotly)])),
        Markup(f"\n<script>{program}</script>\n</body></html>\n"),
    ]
    return join(parts).encode()


def _block(name: str, packed: bytes) -> str:
    text = base64.b64encode(packed).decode()
    return f'\n<script type="{SCRIPT_TYPE}" id="{name}">{text}</script>'


def _group_swatches(content: Content) -> Markup:
    styles = {
        look_of(style): style
        for one in content.groupings
        for style in run_styles(label for label, _ in one.groups).values()
    }
    return tag("template", *map(swatch, styles.values()), id="nr-group-swatches")


@lru_cache(maxsize=1)
def _packed_plotly() -> tuple[bytes, str]:
    script = plotly_script()
    return gzip.compress(script.encode(), 9, mtime=0), _hash(script)


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@lru_cache
def _asset(name: str) -> str:
    return files("neural.tracking.report").joinpath("assets", name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _styles() -> str:
    tokens = files("neural.tracking.ui").joinpath("assets", "css", "20-tokens.css")
    runs = "".join(
        f':root[data-theme="{theme}"] .nr-c{slot} {{ color: {color}; }}\n'
        for theme, colors in RUN_COLORS.items()
        for slot, color in [*enumerate(colors), ("n", TOKENS[theme]["neutral"])]
    )
    # Paper is white, whatever the screen was.
    light = "".join(
        f"--aq-{name.replace('_', '-')}: {color}; " for name, color in TOKENS["light"].items()
    )
    inks = "".join(
        f":root:root:root .nr-c{slot} {{ color: {color}; }} "
        for slot, color in enumerate(RUN_COLORS["light"])
    )
    paper = f"@media print {{ :root:root:root {{ color-scheme: light; {light} }} {inks} }}\n"
    return "\n".join([tokens.read_text(encoding="utf-8"), _asset("report.css"), runs, paper])
