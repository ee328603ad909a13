"""Style sheets and scripts: complete, our own or named, and without raw HTML."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import neural
from neural.tracking.charts.contrast import contrast
from neural.tracking.charts.theme import TOKENS
from neural.tracking.ui.icons import NAMES
from neural.tracking.ui.shell import ASSETS

PACKAGE = Path(neural.__file__).parent
OWN_CSS = sorted(p for p in (ASSETS / "css").glob("*.css") if "bootstrap" not in p.name)
SCRIPTS = sorted(ASSETS.rglob("*.js"))

#: Names that put text into a page as HTML, in Python and in a browser.
RAW_HTML = {"Markdown", "DangerouslySetInnerHTML", "Iframe", "ObjectEl", "Embed", "Script"}
RAW_HTML_JS = r"\.(innerHTML|outerHTML)\b|insertAdjacentHTML|document\.write|\beval\(|new Function"


def css_blocks(text: str) -> dict[str, dict[str, str]]:
    """Return the custom properties of each theme of the tokens' style sheet."""
    blocks = re.findall(r'\[data-theme="(dark|light)"\] \{([^}]*)\}', text)
    return {theme: dict(re.findall(r"--aq-([\w-]+): ([^;]+);", body)) for theme, body in blocks}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_tokens_are_those_of_the_charts(theme: str) -> None:
    """A chart and the page round it have one set of colours."""
    css = css_blocks((ASSETS / "css" / "20-tokens.css").read_text())[theme]
    tokens = {
        name: value
        for key, values in TOKENS.items()
        if key == theme
        for name, value in values.items()
    }

    assert {name: css.get(name.replace("_", "-")) for name in tokens} == tokens


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("layer", ["hover", "selected"])
def test_text_on_a_marked_row_is_readable(theme: str, layer: str) -> None:
    """Text of every colour keeps 4.5 to 1 where a row is pointed at, plain text where chosen."""
    css = css_blocks((ASSETS / "css" / "20-tokens.css").read_text())[theme]
    uses = ("text", "muted", "accent", "ok", "error", "warn") if layer == "hover" else ("text",)

    for ground in ("bg", "panel"):
        marked = laid_over(css[ground], css[layer])
        assert min(contrast(css[use], marked) for use in uses) >= 4.5


def laid_over(ground: str, layer: str) -> str:
    """Return the colour of ``rgba(…)`` over ``#rrggbb``, as ``#rrggbb``."""
    *color, alpha = (float(part) for part in re.findall(r"[\d.]+", layer))
    below = bytes.fromhex(ground[1:])
    mixed = (round(alpha * c + (1 - alpha) * g) for c, g in zip(color, below, strict=True))
    return "#" + bytes(mixed).hex()


def test_every_icon_is_drawn_and_every_drawing_has_a_name() -> None:
    """The names in Python and the drawings in the style sheet are the same."""
    drawn = re.findall(r"\.aq-icon-([\w-]+) \{", (ASSETS / "css" / "25-icons.css").read_text())

    assert set(drawn) == NAMES
    assert len(drawn) == len(NAMES)


@pytest.mark.parametrize("path", [*OWN_CSS, *SCRIPTS], ids=lambda p: p.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    """No address of another host stands in what we wrote."""
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")

    assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text) == []
    assert "@import" not in text


@pytest.mark.parametrize("path", OWN_CSS, ids=lambda p: p.name)
def test_only_defined_variables_are_used(path: Path) -> None:
    """A misspelt variable would silently be no colour at all."""
    everything = "\n".join(p.read_text() for p in OWN_CSS)
    defined = set(re.findall(r"(--aq-[\w-]+):", everything))

    assert set(re.findall(r"var\((--aq-[\w-]+)", path.read_text())) <= defined


def test_third_party_files_are_named_with_their_licence() -> None:
    """The notice has every such file, and the file keeps its header."""
    notice = (ASSETS / "THIRD_PARTY.md").read_text()
    bootstrap = (ASSETS / "css" / "10-bootstrap.min.css").read_text()

    assert "10-bootstrap.min.css" in notice
    assert "The MIT License" in notice
    assert re.search(
        r"Bootstrap\s+v5\.3\.\d+ .*\n \* Copyright .* The Bootstrap Authors", bootstrap
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_s19_no_script_writes_html(path: Path) -> None:
    """Text becomes text: there is no way for a name of a run to become markup."""
    assert re.findall(RAW_HTML_JS, path.read_text()) == []


def test_s19_no_page_shows_raw_html() -> None:
    """No component that takes markup is used anywhere in the dashboard."""
    used = [
        f"{path.relative_to(PACKAGE)}:{node.lineno} {node.attr}"
        for path in sorted((PACKAGE / "tracking").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in RAW_HTML
    ]

    assert used == []


def test_no_callback_goes_round_the_helper() -> None:
    """``app.callback`` and the global ``dash.callback`` stand in one place only."""
    direct = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted((PACKAGE / "tracking").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("app", "dash")
        and node.attr in ("callback", "clientside_callback", "register_page")
        and path.name != "callbacks.py"
    ]

    assert direct == []


def test_no_chart_goes_round_its_privacy_settings() -> None:
    """``dcc.Graph`` is made in one place, with the settings that keep it here."""
    direct = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted((PACKAGE / "tracking").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "Graph" and path.name != "components.py"
    ]

    assert direct == []


def test_no_page_reads_the_request_of_another_framework() -> None:
    """There is no Flask behind these pages; ``dash.ctx`` knows what a page may ask."""
    found = [
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "tracking").rglob("*.py")
        if re.search(r"\bflask\b", path.read_text())
    ]

    assert found == []
