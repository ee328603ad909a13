"""Work that outlives a click: exports, checks and imports, each a folder of readable JSON."""

from __future__ import annotations

__all__: list[str] = []
