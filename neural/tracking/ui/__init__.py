"""What pages of Aquarium are made of: page contract, shell, components, security."""

from __future__ import annotations

__all__: list[str] = []
