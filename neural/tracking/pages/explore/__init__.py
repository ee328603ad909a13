"""The Explore page: what many runs say together, one tab a module."""

from __future__ import annotations

__all__: list[str] = []
