"""Libraries that may not be there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neural.errors import NotFoundError
from neural.tracking.callbacks._libraries import first_of, numbers_of


def test_the_first_that_is_there() -> None:
    """Which of two packages a library is in depends on its version."""
    assert first_of("no_such_package_a", "json.decoder").__name__ == "json.decoder"


def test_none_is_there() -> None:
    """The message says what to install."""
    with pytest.raises(NotFoundError, match="pip install no_such_package"):
        first_of("no_such_package.callbacks")


def test_one_that_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is its own error, not ours."""
    (tmp_path / "broken_package.py").write_text("import no_such_package_b")
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ModuleNotFoundError, match="no_such_package_b"):
        first_of("broken_package", "json")


def test_numbers_among_what_a_library_tells() -> None:
    """Texts, arrays and nothing are no metrics; a name that the store uses is another one."""
    told = {"loss": np.float32(0.5), "name": "x", "all": np.ones(3), "none": None, "step": 3}

    assert numbers_of(told) == {"loss": 0.5, "source_step": 3}
