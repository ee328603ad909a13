"""The page that sends runs to other platforms."""

from __future__ import annotations

__all__: list[str] = []
