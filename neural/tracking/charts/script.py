"""The program that draws charts in a browser, for pages that have to carry it with them."""

from __future__ import annotations

from pathlib import Path

from neural._optional import optional_import

__all__ = ["plotly_script"]


def plotly_script() -> str:
    """Return the text of plotly.js as the installed Plotly brings it.

    Raises:
        MissingExtraError: Plotly is not installed.
        OSError: Its installation is not whole.
    """
    plotly = optional_import("plotly", extra="dashboard", purpose="draw charts")
    # Plotly's own function for this imports all of its graph objects first.
    script = Path(str(plotly.__file__)).parent / "package_data" / "plotly.min.js"
    return script.read_text(encoding="utf-8")
