"""The charts of metrics that stand on the page of a run and of a comparison."""

from __future__ import annotations

__all__: list[str] = []
