"""The ``neural`` command: one subcommand a module."""

from __future__ import annotations

__all__: list[str] = []
