"""S19, S20: whatever a run is called, it is text and nothing else.

A hundred and fifty strings that run script in careless pages are names of experiments,
metrics, parameters, tags, artifacts and files, notes and display names of real runs, lines of
their logs and of their code, and names of saved views. Every view is opened. A hook in the page
counts dialogs and scripts that ran, the route of the browser counts requests to other hosts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Dialog, Page, expect

from neural.tracking import ExperimentManager, ExperimentTracker
from neural.tracking.aquarium_app import create_app
from neural.tracking.storage.views import ViewStore

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

CALL = "window.ran=(window.ran||0)+1"

_HANDLERS = ["onerror", "onload", "onclick", "onmouseover", "onfocus", "ontoggle", "onanimationend"]
_ELEMENTS = ["img src=x", "svg", "body", "details open", "input autofocus", "video src=x", "b"]
_WRAPPED = [
    "<script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    '"><script>{}</script>',
    "'><script>{}</script>",
    "]]><script>{}</script>",
    "<svg><script>{}</script></svg>",
    "<SCRIPT>{}</SCRIPT>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<math><mtext></mtext><script>{}</script></math>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><script>{}</script>'>",
]
_LINKS = [
    "javascript:{}",
    "JaVaScRiPt:{}",
    "java\tscript:{}",
    "data:text/html,<script>{}</script>",
    "vbscript:{}",
    "[x](javascript:{})",
    "![x](javascript:{})",
    "<a href='javascript:{}'>x</a>",
    "<a href=java&#115;cript:{}>x</a>",
    "<form action=javascript:{}><button>x</button></form>",
    "<base href='javascript:{}//'>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href='http://evil.test/x.css'>{}",
    "<img src='http://evil.test/x.png?{}'>",
    "<object data='javascript:{}'></object>",
    "<embed src='javascript:{}'>",
]
_TEMPLATES = [
    "%{{x}}<b>{}</b>",
    "%{{fullData.name}}{}",
    "${{{}}}",
    "#{{{}}}",
    "{{{{{}}}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "<a href='http://evil.test/{}'>x</a>%{{y}}",
    "<br><sup>{}</sup>",
    "<span style='color:red'>{}</span>",
    "d3.{}",
    '=HYPERLINK("http://evil.test/{}")',
    "\u202e{}\u202c",
    "\x1b[31m{}\x1b[0m",
    "' onmouseover='{}",
    '" autofocus onfocus="{}',
    "`-{}-`",
    "';{};//",
    '";{};//',
    "*/{};/*",
    '\\";{};//',
    "</style><script>{}</script>",
    "{} --!><script>{}</script>",
    "<style>@import 'http://evil.test/{}';</style>",
    "<x style=\"background:url('javascript:{}')\">",
    "constructor",
    "__proto__",
    "toString",
]


#: What no text of a run may become, by selector.
NEVER = (
    "#content :is(script, iframe, base, object, embed, meta, link, form[action])",
    "#content a[href^='javascript' i]",
    "#content [href*='evil.test'], #content [src*='evil.test']",
    "[onerror], [onload], [onclick], [onfocus], [onmouseover], [ontoggle], [onanimationend]",
)


#: Leads a pointer and the focus over everything that reacts to them, and waits for a drawing.
TOUCH = """() => new Promise(done => {
  document.querySelectorAll('#content :is(a, button, [title], [tabindex])').forEach(element =>
    ['pointerover', 'pointerenter', 'mouseover', 'mouseenter', 'mousemove', 'focusin'].forEach(
      name => element.dispatchEvent(new MouseEvent(name, {bubbles: true}))));
  requestAnimationFrame(() => requestAnimationFrame(done));
})"""


def hostile() -> list[str]:
    """Return the strings; those that can run script count themselves if they do."""
    pairs = list(itertools.product(_ELEMENTS, _HANDLERS))
    handlers = [f"<{element} {handler}={CALL}>" for element, handler in pairs]
    patterns = [*_WRAPPED, *_LINKS, *_TEMPLATES]
    shorter = [f"<{element}/{handler}={CALL}//" for element, handler in pairs]
    texts = [*(pattern.format(CALL, CALL) for pattern in patterns), *handlers, *shorter]
    return texts[:160]


@pytest.fixture(scope="module")
def base_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Log four runs whose every text is hostile."""
    root = tmp_path_factory.mktemp("hostile") / "runs"
    (root.parent / "file.txt").write_text("<script>window.ran=1</script>")
    for number in range(4):
        mine = hostile()[number::4]
        tracker = ExperimentTracker(mine[0], base_dir=root, auto_visualize=False)
        tracker.log_hyperparameters(dict(itertools.pairwise(mine)))
        for step in range(3):
            tracker.log_metrics(dict.fromkeys(mine, step / 2), step=step)
        tracker.log_artifact(str(root.parent / "file.txt"), mine[2])
        tracker.log_text("text", mine[3])
        tracker.finish()
        ExperimentManager(root).annotate(
            tracker.experiment_id,
            tags={mine[4]: mine[5]},
            notes="\n".join(mine),
            display_name=mine[6],
        )
        _say(tracker.experiment_dir, mine)
        ViewStore(root).save(mine[7][:200], {"page": "/compare", "search": f"?m={mine[8]}"})
    return root


def _say(run: Path, texts: Sequence[str]) -> None:
    """Let a run have printed and changed every text."""
    (run / "logs").mkdir(exist_ok=True)
    for stream in ("stdout", "stderr"):
        (run / "logs" / f"{stream}.log").write_text("\n".join(texts) + "\n")
    added = "\n".join(f"+{line}" for text in texts for line in text.splitlines())
    head = f"diff --git a/{texts[9]} b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,{len(texts)} @@\n"
    (run / "git_diff.patch").write_text(head + added)


@pytest.fixture
def ids(base_dir: Path) -> list[str]:
    """Return the ids of the runs."""
    return sorted(folder.name.rpartition("_")[2] for folder in base_dir.glob("*_*"))


@pytest.fixture
def hooked(base_dir: Path, serve: Callable[..., Any], visit: Callable[..., Any]) -> Page:
    """Return a page on the runs; a dialog on it fails the test."""
    found = visit(serve(create_app(base_dir)).url)

    def refuse(dialog: Dialog) -> None:
        found.console.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    found.page.on("dialog", refuse)
    page: Page = found.page
    return page


def found_at(page: Page, path: str) -> dict[str, int]:
    """Open ``path``, touch what reacts to the mouse, and count what must not be there."""
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.evaluate(TOUCH)
    return wrong_in(page)


def found_in_tabs(page: Page, path: str) -> dict[str, dict[str, int]]:
    """Open ``path`` and one of its tabs after the other; return what is wrong by tab."""
    page.goto(path)
    found = {}
    expect(page.get_by_role("tab").first).to_be_visible()
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(page.locator("#content .aq-skeleton")).to_have_count(0, timeout=20_000)
        page.evaluate(TOUCH)
        found[tab.inner_text()] = wrong_in(page)
    return {tab: wrong for tab, wrong in found.items() if wrong}


def wrong_in(page: Page) -> dict[str, int]:
    """Return what the page holds or did that no text may lead to, and how often."""
    counts = {
        "ran": page.evaluate("window.ran || 0"),
        **{selector: page.locator(selector).count() for selector in NEVER},
    }
    return {name: count for name, count in counts.items() if count}


def test_the_corpus_is_large_enough() -> None:
    """A hundred and fifty different strings."""
    assert len(set(hostile())) >= 150


def test_a_hole_would_be_seen(hooked: Page) -> None:
    """A link and a script that are put into the page on purpose are counted."""
    hooked.evaluate(
        "window.ran = 2;"
        "document.querySelector('#content').append("
        "Object.assign(document.createElement('a'), {href: 'javascript:1'}))"
    )

    assert sorted(wrong_in(hooked).values()) == [1, 2]


def test_the_table_of_runs(hooked: Page) -> None:
    """Names, tags and columns; also under a filter that is hostile itself."""
    paths = [
        "/",
        "/?filter=name+~+%27script%27",
        "/?filter=%3Cimg+src%3Dx+onerror%3Dwindow.ran%3D1%3E",
    ]

    found = [found_at(hooked, urljoin(hooked.url, path)) for path in paths]

    assert found == [{}] * len(paths)


def test_every_tab_of_a_run(hooked: Page, ids: list[str]) -> None:
    """All tabs of one run, and the tabs with most names of the others."""
    paths = [f"/experiments/{run}?tab={tab}" for run in ids[1:] for tab in ("charts", "params")]

    in_tabs = found_in_tabs(hooked, urljoin(hooked.url, f"/experiments/{ids[0]}"))
    found = {path: found_at(hooked, urljoin(hooked.url, path)) for path in paths}

    assert in_tabs == {}
    assert [path for path, wrong in found.items() if wrong] == []


def test_the_comparison(hooked: Page, ids: list[str]) -> None:
    """All runs side by side, in every tab."""
    assert found_in_tabs(hooked, urljoin(hooked.url, f"/compare?runs={','.join(ids)}")) == {}


def test_the_other_pages(hooked: Page, ids: list[str]) -> None:
    """Everything that is drawn over many runs, saved views, and what is asked before an export."""
    paths = ["/views", "/settings", f"/export?runs={','.join(ids)}"]

    in_tabs = found_in_tabs(hooked, urljoin(hooked.url, "/explore"))
    found = {path: found_at(hooked, urljoin(hooked.url, path)) for path in paths}

    assert in_tabs == {}
    assert [path for path, wrong in found.items() if wrong] == []


def test_the_log_is_shown_to_the_letter(hooked: Page, ids: list[str], base_dir: Path) -> None:
    """Lines that are markup, links or templates are lines."""
    lines = (next(base_dir.glob(f"*_{ids[0]}")) / "logs" / "stdout.log").read_text().splitlines()
    wanted = next(line for line in lines if line.startswith("<") and line.isascii())

    hooked.goto(urljoin(hooked.url, f"/experiments/{ids[0]}?tab=logs"))

    expect(hooked.get_by_text(wanted, exact=True).first).to_be_attached()
    assert wrong_in(hooked) == {}


def test_the_preview_of_an_artifact(hooked: Page, ids: list[str]) -> None:
    """A file that is a script is shown as the text it is."""
    hooked.goto(urljoin(hooked.url, f"/experiments/{ids[0]}?tab=artifacts"))

    hooked.get_by_role("button", name="Preview of").first.click()

    expect(hooked.get_by_text("<script>window.ran=1</script>")).to_be_visible()
    assert wrong_in(hooked) == {}


def test_a_name_is_shown_to_the_letter(hooked: Page, base_dir: Path, ids: list[str]) -> None:
    """The display name of a run is its heading, sign by sign."""
    name = ExperimentManager(base_dir).run(ids[0]).display_name

    hooked.goto(urljoin(hooked.url, f"/experiments/{ids[0]}"))

    expect(hooked.get_by_role("heading", level=1)).to_have_text(str(name))
