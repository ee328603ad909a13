"""The platforms runs are sent to; the only modules that import them."""

from __future__ import annotations

__all__: list[str] = []
