"""The button that makes a report."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from dash.exceptions import PreventUpdate

from neural.tracking import ExperimentManager
from neural.tracking.pages import report_button
from neural.tracking.pages.report_button import report_file
from neural.tracking.report.importing import import_report
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What toasts say; outside of a callback there is nobody to show them."""
    found: list[str] = []
    monkeypatch.setattr(report_button, "notify", lambda text, **_: found.append(text))
    return found


def test_the_file_is_a_report(
    context: AppContext, make_run: MakeRun, said: list[str], tmp_path: Path
) -> None:
    """What the browser gets can be imported; a run that is gone is left out."""
    run_id = make_run(metrics={"loss": [1.0, 0.5]})

    sent = report_file(context, [run_id, "gone"])

    (tmp_path / "got.html").write_bytes(base64.b64decode(sent["content"]))
    assert sent["filename"] == "report-1-run.html"
    assert import_report(tmp_path / "got.html", tmp_path / "other").added == (run_id,)
    assert ExperimentManager(tmp_path / "other").run(run_id).experiment_name == "digits"
    assert said[0].startswith("The report of 1 run is ready")


def test_nothing_to_report(context: AppContext, said: list[str]) -> None:
    """Without a run that is there, nothing happens."""
    with pytest.raises(PreventUpdate):
        report_file(context, ["gone"])

    assert said == []
