"""Charts: for each one a function that works out the data and one that draws them.

``<chart>(...)`` returns the data, ``<chart>_dict(data)`` a Plotly figure as a plain dict with
typed arrays (for a dashboard), ``<chart>_figure(data)`` a ``plotly.graph_objects.Figure``.
"""

from __future__ import annotations

__all__: list[str] = []
