"""The seed's integrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural._registry import Registry
from neural.errors import InvalidInputError
from neural.testing.in_memory_sink import InMemoryPlatform, InMemorySink
from neural.tracking import integrations
from neural.tracking.integrations import BaseIntegration, create_integration
from neural.tracking.sinks import Target


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> InMemoryPlatform:
    """A platform in memory in the place of all others."""
    made = InMemoryPlatform()

    class _Sinks(Registry[Any]):
        def load(self, name: str) -> Any:
            return lambda target, tally: InMemorySink(made, target, tally)

    monkeypatch.setattr(integrations, "sinks", _Sinks("sink", group="none", builtin={}))
    return made


def test_an_unknown_type() -> None:
    """As in the seed, there is none."""
    assert create_integration("comet") is None


def test_no_type() -> None:
    """The message lists them."""
    with pytest.raises(InvalidInputError, match="tensorboard"):
        create_integration()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("mlflow", {"tracking_uri": "sqlite:///x.db", "run_name": "r", "tags": {"a": "b"}}),
        ("wandb", {"project_name": "p", "config": {"lr": 0.1}, "tags": ["a"]}),
        ("tensorboard", {"log_dir": "logs"}),
    ],
)
def test_the_seeds_options(platform: InMemoryPlatform, name: str, options: dict[str, Any]) -> None:
    """Each takes what it took."""
    made = create_integration(name, experiment_name="demo", **options)

    assert made is not None
    made.log_metrics({"loss": 1.0}, step=0)
    made.finish()
    assert platform.runs[made.run_id].start.experiment_name == "demo"


def test_what_is_logged_arrives(platform: InMemoryPlatform, tmp_path: Path) -> None:
    """Params, metrics at their steps, models."""
    (tmp_path / "model.pt").write_bytes(b"weights")
    with BaseIntegration("demo", "any", Target()) as made:
        made.log_hyperparameters({"optimizer": {"lr": 0.1}})
        made.log_metrics({"loss": 1.0}, step=5)
        made.log_metrics({"loss": 0.5}, step=10)
        made.log_model(tmp_path / "model.pt", framework="torch")

    kept = platform.runs[made.run_id]
    assert kept.params == {"optimizer.lr": 0.1, "framework.model.pt": "torch"}
    assert [(step, value) for step, _, value in kept.points["loss"]] == [(5, 1.0), (10, 0.5)]
    assert list(kept.files) == ["model.pt"]


def test_an_exception_fails_the_run(platform: InMemoryPlatform) -> None:
    """It is sent all the same, and the next one is not in its way."""
    made = BaseIntegration("demo", "any", Target())

    with pytest.raises(ZeroDivisionError), made:
        raise ZeroDivisionError

    end = platform.runs[made.run_id].end
    assert end is not None
    assert end.status == "failed"


def test_finishing_twice(platform: InMemoryPlatform) -> None:
    """The second call sends nothing."""
    made = BaseIntegration("demo", "any", Target())
    made.log_metrics({"loss": 1.0})

    assert made.finish() == made.finish()
