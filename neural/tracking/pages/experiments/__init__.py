"""The first page: the table of all runs, its filter, and what can be done to runs."""

from __future__ import annotations

__all__: list[str] = []
