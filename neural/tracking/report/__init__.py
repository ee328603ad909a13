"""One self-contained HTML file of chosen runs: written, shown without a network, read back."""

from __future__ import annotations

__all__: list[str] = []
