"""What the page of a run says of its curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from neural.tracking.analysis.doctor import Finding
from neural.tracking.charts.lines import View
from neural.tracking.pages.board.data import ChartRun
from neural.tracking.pages.metric_sections import search_names
from neural.tracking.pages.run import doctor as run_doctor
from neural.tracking.pages.run.doctor import (
    Doctor,
    chosen_metrics,
    doctor_card,
    doctor_of,
    doctor_slot,
    finding_href,
)
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]
DIVERGED = [1.0, 0.9, 0.8, 0.7, float("nan"), float("nan")]


def _texts(part: Any) -> str:
    return str(part.to_plotly_json() if hasattr(part, "to_plotly_json") else part)


def test_a_finding_leads_to_its_chart(context: AppContext, make_run: MakeRun) -> None:
    """The panel says what is wrong, and its link finds just that metric on the charts tab."""
    run = make_run(metrics={"train/loss": DIVERGED, "train/loss2": [1.0] * 6})
    found = doctor_of(context.manager).examine(run)

    card = doctor_card(context, run, found)
    one = next(f for f in found.findings if f.rule == "non_finite")
    query = parse_qs(urlsplit(finding_href(context, run, one)).query)

    assert one.text in _texts(card)
    assert query["tab"] == ["charts"]
    assert search_names(["train/loss", "train/loss2"], query["q"][0]).names == ["train/loss"]


def test_a_name_of_any_signs_is_found(context: AppContext) -> None:
    """Blanks and signs of patterns in a name are no patterns."""
    name = "loss (a|b) [%] <b>"
    one = Finding(rule="plateau", severity="info", title="t", text="t", metrics=(name,))

    query = parse_qs(urlsplit(finding_href(context, "r", one)).query)

    assert search_names([name, "loss a"], query["q"][0]).names == [name]


def test_a_healthy_run(context: AppContext, make_run: MakeRun) -> None:
    """A run without a finding says how much was looked at."""
    run = make_run(metrics={"val/loss": [1.0, 0.5, 0.25, 0.12]})
    found = Doctor(context.manager).examine(run)

    words = _texts(doctor_card(context, run, found))

    assert found.findings == ()
    assert "healthy" in words
    assert "8 rules looked at 1 metric." in words


def test_the_region_stands_on_the_chart(context: AppContext, make_run: MakeRun) -> None:
    """Where values are NaN, the chart of that metric is marked, on steps and on time alike."""
    run = make_run(metrics={"train/loss": DIVERGED, "other": [1.0]})
    doctor = Doctor(context.manager)

    marked = doctor.regions(ChartRun(run, "r", None), "train/loss", View())
    timed = doctor.regions(ChartRun(run, "r", None), "train/loss", View(x="relative"))

    nan = [one for one in marked if one.severity == "error"]
    assert next(one.begin for one in nan) in (3.0, 4.0)
    assert len(timed) == len(marked)


def test_a_run_that_is_gone_has_no_marks(context: AppContext) -> None:
    """Moved to the trash meanwhile: the chart says so itself."""
    assert Doctor(context.manager).regions(ChartRun("gone", "r", None), "loss", View()) == ()


def test_many_metrics_are_cut_and_counted(
    context: AppContext, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with a known direction come first, and what is left out is said."""
    monkeypatch.setattr(run_doctor, "MOST_METRICS", 2)
    run = make_run(metrics={"epoch": [1.0], "grad_norm": [1.0], "val/loss": [1.0], "acc": [0.5]})

    record = context.manager.run(run)
    found = Doctor(context.manager).examine(run)

    assert set(chosen_metrics(record)) == {"val/loss", "acc"}
    assert (found.looked, found.total) == (2, 4)
    assert "2 of 4 were left out" in _texts(doctor_card(context, run, found))


def test_an_unchanged_run_is_examined_once(context: AppContext, make_run: MakeRun) -> None:
    """The same answer comes back until the run changes."""
    run = make_run(metrics={"loss": DIVERGED})
    doctor = Doctor(context.manager)
    first = doctor.examine(run)

    assert doctor.examine(run) is first

    context.manager.annotate(run, notes="changed")
    assert doctor.known(run) is first


def test_the_panel_shows_what_is_known_at_once(context: AppContext, make_run: MakeRun) -> None:
    """A skeleton the first time, the last findings from then on."""
    run = make_run(metrics={"loss": DIVERGED})

    before = _texts(doctor_slot(context, run))
    doctor_of(context.manager).examine(run)

    assert "aq-skeleton" in before
    assert "Doctor" in _texts(doctor_slot(context, run))
