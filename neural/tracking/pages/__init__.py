"""The screens of Aquarium, one module each, and the pure functions they show."""

from __future__ import annotations

__all__: list[str] = []
