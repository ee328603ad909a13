"""What a check and a job say."""

from __future__ import annotations

from typing import Any

import pytest
from dash import html

from neural.tracking.export_jobs.spec import JobSpec, RunProgress
from neural.tracking.export_jobs.store import Job
from neural.tracking.pages.export.answers import check_answer, connection_answer, job_card
from neural.tracking.ui.page import AppContext


def job_of(*runs: RunProgress, state: str = "done", **facts: Any) -> Job:
    """Return a job over some runs."""
    spec = JobSpec(
        platform="mlflow", place="http://127.0.0.1:5000", runs=tuple(r.run_id for r in runs)
    )
    return Job(number=91, spec=spec, created=0.0, state=state, runs=runs, **facts)


def words(*components: Any) -> str:
    """Return all texts of components."""
    box = html.Div(list(components))
    found = []
    for part in box._traverse():
        if isinstance(part, str):
            found.append(part)
        elif isinstance(getattr(part, "children", None), str):
            found.append(part.children)
    return " ".join(found)


def buttons(card: html.Article) -> list[str]:
    """Return what the buttons of a job do."""
    return [part.id["what"] for part in card._traverse() if isinstance(part, html.Button)]


DONE = RunProgress(run_id="a", name="base", state="done", sent=8, url="http://127.0.0.1:5000/#/x")
FAILED = RunProgress(run_id="b", state="failed", message="it was down", failed=("it was down",))


def test_a_check_counts_and_warns() -> None:
    """New, with new data, there already; each warning once, with its number of runs."""
    warned: dict[str, Any] = {"converted": ("infinity is the largest number",)}
    often: dict[str, Any] = {"converted": ("infinity is the largest number (3 times)",)}
    runs = (
        RunProgress(run_id="a", state="done", sent=5, **warned),
        RunProgress(run_id="b", state="done", sent=2, skipped=3, **often),
        RunProgress(run_id="c", state="done", skipped=5),
    )

    said = words(*check_answer(job_of(*runs)))

    assert "1 new, 1 with new data, 1 already there; 7 points" in said
    assert "1 warning: what is converted" in said
    assert "infinity is the largest number (2 runs)" in said


def test_a_check_that_fails() -> None:
    """It says what failed, and promises nothing."""
    said = words(*check_answer(job_of(FAILED, state="failed", problem="the others were not tried")))

    assert "1 run cannot be sent" in said
    assert "it was down" in said
    assert "the others were not tried" in said
    assert "can hold all" not in said


def test_answers_before_there_are_any() -> None:
    """Nothing is said; while one is worked out, that is said."""
    assert (check_answer(None), connection_answer(None)) == ([], [])
    assert "Asking" in words(*connection_answer(job_of(state="running")))


@pytest.mark.parametrize(
    ("state", "runs", "expected"),
    [
        ("running", (DONE, FAILED), ["cancel"]),
        ("queued", (DONE,), ["cancel"]),
        ("done", (DONE,), ["forget"]),
        ("failed", (DONE, FAILED), ["retry", "forget"]),
        ("stopped", (DONE, RunProgress(run_id="c")), ["go-on", "forget"]),
        ("cancelled", (FAILED, RunProgress(run_id="c")), ["go-on", "retry", "forget"]),
    ],
)
def test_what_can_be_done(
    context: AppContext, state: str, runs: tuple[RunProgress, ...], expected: list[str]
) -> None:
    """Only what helps in this state."""
    assert buttons(job_card(context, job_of(*runs, state=state))) == expected


def test_a_job_leads_to_its_results(context: AppContext) -> None:
    """Addresses are links, paths are texts, and no name of a run becomes markup or script."""
    odd = RunProgress(run_id="c", name="<b>x", state="done", url="javascript:alert(1)")
    card = job_card(context, job_of(DONE, odd))

    links = [part.href for part in card._traverse() if isinstance(part, html.A)]

    assert "http://127.0.0.1:5000/#/x" in links
    assert not any(link.startswith("javascript:") for link in links)
    assert "<b>x" in words(card)
