"""How runs lie on disk: the only place that knows file names, bytes and locks."""

from __future__ import annotations

__all__: list[str] = []
