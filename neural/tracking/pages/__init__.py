"""The screens of Aquarium, a module or a package each, and the pure functions they show."""

from __future__ import annotations

__all__: list[str] = []
