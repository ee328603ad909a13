"""Readers of what other trackers write, one module a kind."""

from __future__ import annotations

__all__: list[str] = []
