"""One lens over our own runs and those of other trackers, which are shown where they lie.

A manager like any other, so that every table and chart takes it: runs of an opened folder stand
beside ours, and whatever would change one is refused.
"""

from __future__ import annotations

__all__: list[str] = []
