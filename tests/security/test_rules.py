"""Each rule of security and fuzzing has a row that names its test; tests/test_docs.py finds it."""

from __future__ import annotations

import re
from pathlib import Path

TABLES = Path(__file__).parents[2] / "docs" / "testing.md"

#: Rules of what is not built yet: starting runs from the web, an assistant, reading scripts.
LATER = {"S13", "S14", "S15", "S16", "S17", "S30", "F6", "F7"}

ROW = re.compile(r"^\| ([SF]\d+) \|.*`(?:tests/[\w/]+\.py(?:::\w+)?|make \w+)`", re.MULTILINE)


def test_every_rule_has_a_row_that_names_its_test() -> None:
    """S1 to S31 and F1 to F7, apart from those whose code does not exist."""
    numbers = {f"S{n}" for n in range(1, 32)} | {f"F{n}" for n in range(1, 8)}

    assert set(ROW.findall(TABLES.read_text(encoding="utf-8"))) >= numbers - LATER
