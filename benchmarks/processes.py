"""Measurements in processes of their own, so that none profits from what another left behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "Figures", "measured"]

ROOT = Path(__file__).parents[1]

#: What one measurement found: numbers, and digests of what should be equal.
Figures = dict[str, Any]


def measured(module: str, *arguments: object) -> Figures:
    """Run ``python -m benchmarks.<module>`` with ``arguments`` and return the figures it prints.

    Raises:
        RuntimeError: It failed; the end of what it said stands in the message.
    """
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures
