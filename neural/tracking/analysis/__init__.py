"""What curves and runs say when taken together: pure numbers, no files, no drawing."""

from __future__ import annotations

__all__: list[str] = []
