"""The tabs with what a run printed and what the machine did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.pages.run import system as run_system
from neural.tracking.pages.run.logs import logs_tab
from neural.tracking.ui.page import AppContext


def context_of(base_dir: Path) -> AppContext:
    """Return an application over ``base_dir``, below a path."""
    return AppContext(manager=ExperimentManager(base_dir), base_dir=base_dir, prefix="/lab")


def make_run(base_dir: Path, logs: dict[str, str], **metrics: float) -> str:
    """Return the id of a finished run with these logs and metrics."""
    with ExperimentTracker(
        "digits", base_dir, auto_visualize=False, capture_environment=False
    ) as tracker:
        tracker.log_metrics({"loss": 1.0, **metrics}, step=0)
    folder = next(base_dir.glob("digits_*")) / "logs"
    folder.mkdir(exist_ok=True)
    for stream, text in logs.items():
        (folder / f"{stream}.log").write_text(text)
    return tracker.experiment_id


def text_of(parts: Any) -> str:
    """Return everything that components say, attributes included."""
    return " ".join(str(part.to_plotly_json()) for part in parts)


@pytest.mark.parametrize(
    ("logs", "shown", "hidden"),
    [
        ({"stdout": "a\n", "stderr": "b\n"}, ("stdout.log", "stderr.log"), ()),
        ({"stdout": "a\n", "stderr": ""}, ("stdout.log",), ("stderr.log",)),
        ({}, ("capture_output=True",), ("stdout.log",)),
    ],
)
def test_only_what_was_printed_is_offered(
    tmp_path: Path, logs: dict[str, str], shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    """A stream with nothing in it is in the way; without any, the tab says how to get one."""
    experiment_id = make_run(tmp_path, logs)
    context = context_of(tmp_path)

    said = text_of(logs_tab(context, context.manager.run(experiment_id)))

    assert [one for one in shown if one not in said] == []
    assert [one for one in hidden if one in said] == []


def test_every_address_is_below_the_prefix(tmp_path: Path) -> None:
    """The parts, the socket and the raw file."""
    experiment_id = make_run(tmp_path, {"stdout": "a\n"})
    context = context_of(tmp_path)

    said = text_of(logs_tab(context, context.manager.run(experiment_id)))

    for path in ("/api/v1/runs/{}/log/", "/ws/logs/{}", "/api/v1/runs/{}/logs/stdout.log"):
        assert f"'/lab{path.format(experiment_id)}'" in said


def test_the_figures_that_are_looked_for_first(tmp_path: Path) -> None:
    """Three digits with their unit; what was not sampled has no tile; cards in their order."""
    gpus = {f"system/gpu.{card}.utilization": 10.0 * card for card in (10, 2)}
    experiment_id = make_run(tmp_path, {}, **{"system/cpu_percent": 93.123, **gpus})

    said = text_of([run_system.system_tiles(context_of(tmp_path).manager.run(experiment_id))])

    assert "93.1 %" in said
    assert "Free on disk" not in said
    assert said.index("GPU 2 busy") < said.index("GPU 10 busy")


def test_a_run_beside_which_nothing_was_sampled(tmp_path: Path) -> None:
    """It is known as such."""
    experiment_id = make_run(tmp_path, {})

    assert not run_system.is_sampled(context_of(tmp_path).manager.run(experiment_id))
