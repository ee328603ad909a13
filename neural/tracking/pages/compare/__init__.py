"""The page that compares runs."""

from __future__ import annotations

__all__: list[str] = []
