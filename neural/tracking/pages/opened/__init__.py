"""The page that shows runs of other trackers where they lie."""

from __future__ import annotations

__all__: list[str] = []
