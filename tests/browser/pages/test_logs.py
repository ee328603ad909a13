"""What a run printed, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Open = Callable[..., Any]

HOSTILE = (
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    "\x1b]8;;javascript:window.hacked=1\x07click\x1b]8;;\x07",
    "\x1b[31m<svg onload=window.hacked=1>\x1b[0m",
    '"><iframe src=https://evil.example></iframe>',
    "\x1b[38;5;1\"onmouseover=window.hacked=1 x=\"m text",
    "&lt;b&gt; is not <b>",
)  # fmt: skip


def make_run(base_dir: Path, lines: list[str], errors: str = "") -> ExperimentTracker:
    """Return a run that goes on, and its logs."""
    tracker = ExperimentTracker("chatty", base_dir, auto_visualize=False, capture_environment=False)
    tracker.log_metrics({"loss": 1.0}, step=0)
    logs = Path(tracker.experiment_dir) / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "stdout.log").write_text("".join(f"{line}\n" for line in lines))
    (logs / "stderr.log").write_text(errors)
    return tracker


def log_of(tracker: ExperimentTracker) -> Path:
    """Return the log of the output."""
    return Path(tracker.experiment_dir) / "logs" / "stdout.log"


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 390)])
def test_a_log_is_followed_until_somebody_reads(
    tmp_path: Path, open_page: Open, theme: str, width: int
) -> None:
    """New lines come by the socket; scrolling up stays where it is; the end of the run is heard."""
    tracker = make_run(tmp_path, [f"line {n}" for n in range(1, 501)])
    found = open_page(
        tmp_path, f"/experiments/{tracker.experiment_id}?tab=logs", theme=theme, width=width
    )
    page = found.page
    expect(page.locator("#L500")).to_be_in_viewport()
    assert found.axe() == []

    with log_of(tracker).open("a") as file:
        file.write("\x1b[32mnew\x1b[0m\n10%\r90%")
    expect(page.locator("#L501 .ansi-f2")).to_have_text("new")
    expect(page.locator(".aq-log-tail")).to_contain_text("90%")
    expect(page.locator("#L501")).to_be_in_viewport()

    page.locator("#run-logs").evaluate("log => { log.scrollTop = 0; }")
    expect(page.get_by_label("Follow")).not_to_be_checked()
    with log_of(tracker).open("a") as file:
        file.write("\nlast\n")
    expect(page.locator("#L503")).to_have_count(1)
    assert page.locator("#run-logs").evaluate("log => log.scrollTop") < 100

    tracker.finish()
    expect(page.locator("#run-logs")).to_have_attribute("data-alive", "false")


def test_a_long_log(tmp_path: Path, open_page: Open) -> None:
    """The end first, earlier lines when asked, any line by its link; find and streams."""
    tracker = make_run(tmp_path, [f"line {n}" for n in range(1, 5001)], "oh no\n")
    tracker.finish()
    found = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=logs")
    page = found.page
    expect(page.locator("#L4001")).to_have_count(1)
    expect(page.locator("#L4000")).to_have_count(0)

    page.get_by_role("button", name="Load earlier lines").evaluate("button => button.click()")
    expect(page.locator("#L3001")).to_have_count(1)

    page.locator("#run-logs-find").fill("line 4321")
    expect(page.locator("#run-logs-hits")).to_have_text("1 line")
    page.keyboard.press("Enter")
    expect(page.locator("#L4321")).to_be_in_viewport()

    page.get_by_role("button", name="Errors").click()
    expect(page.locator("#L1 .aq-log-text")).to_have_text("oh no")
    page.wait_for_url(re.compile("stream=stderr"))
    page.reload()
    expect(page.locator("#L1 .aq-log-text")).to_have_text("oh no")


def test_a_link_to_a_line(tmp_path: Path, open_page: Open) -> None:
    """It opens there, far from the end, and marks the line."""
    tracker = make_run(tmp_path, [f"line {n}" for n in range(1, 5001)])
    tracker.finish()

    page = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=logs#L1234").page

    expect(page.locator("#L1234")).to_be_in_viewport()
    expect(page.locator("#L1234")).to_have_class(re.compile("aq-log-marked"))


def test_s19_hostile_text_is_text(tmp_path: Path, open_page: Open) -> None:
    """Markup and escapes of a log are read, never obeyed: nothing runs, nothing is fetched."""
    tracker = make_run(tmp_path, list(HOSTILE))
    tracker.finish()
    found = open_page(tmp_path, f"/experiments/{tracker.experiment_id}?tab=logs")
    page = found.page
    expect(page.locator(f"#L{len(HOSTILE)}")).to_have_count(1)

    shown = page.locator(".aq-log-chunk .aq-log-text").all_text_contents()

    assert shown[:2] == list(HOSTILE[:2])
    assert shown[2] == "click"
    assert page.locator(".aq-log :is(script, img, svg, iframe, b)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_without_a_socket_the_log_is_asked_for(tmp_path: Path, open_page: Open) -> None:
    """A proxy that knows no WebSockets costs seconds, not lines."""
    tracker = make_run(tmp_path, ["first"])
    found = open_page(tmp_path, "/settings")
    found.expect_console("WebSocket")
    found.page.route_web_socket("**/ws/**", lambda socket: socket.close())
    found.page.evaluate(
        "path => window.aquarium.visit(path)",
        f"/experiments/{tracker.experiment_id}?tab=logs",
    )
    expect(found.page.locator("#L1")).to_have_count(1)

    with log_of(tracker).open("a") as file:
        file.write("second\n")

    expect(found.page.locator("#L2 .aq-log-text")).to_have_text("second")
    tracker.finish()
