"""Doubles and contract tests for those who write a part of their own."""

from __future__ import annotations

__all__: list[str] = []
