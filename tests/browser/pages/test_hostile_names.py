"""Names that would be code somewhere else: shown as they are, and nothing of them runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from neural.tracking import ExperimentTracker
from neural.tracking.pages import run_detail

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

#: Ways into a page: markup, attributes, templates, addresses, formulas, other scripts.
_PAYLOADS = """
<script>hit()</script>
<img src=x onerror=hit()>
<svg onload=hit()>
<svg><script>hit()</script></svg>
"><script>hit()</script>
'><img src=x onerror=hit()>
</title><script>hit()</script>
</textarea><script>hit()</script>
</style><script>hit()</script>
--><script>hit()</script>
]]><script>hit()</script>
<iframe srcdoc="<script>parent.hit()</script>"></iframe>
<iframe src="javascript:parent.hit()"></iframe>
<a href="javascript:hit()">x</a>
<a href="data:text/html,<script>hit()</script>">x</a>
<body onload=hit()>
<input autofocus onfocus=hit()>
<details open ontoggle=hit()>
<video><source onerror=hit()></video>
<marquee onstart=hit()>x</marquee>
<math><mi xlink:href="javascript:hit()">x</mi></math>
<style>@import 'http://evil.test/x.css';</style>
<link rel=stylesheet href=http://evil.test/x.css>
<img src=http://evil.test/x.png>
<object data=http://evil.test/x></object>
<base href=http://evil.test/>
<meta http-equiv=refresh content="0;url=http://evil.test/">
<form action=http://evil.test/><button>x</button></form>
javascript:hit()
JaVaScRiPt:hit()
data:text/html,<script>hit()</script>
//evil.test/x
/\\evil.test
http://evil.test
[x](javascript:hit())
![x](http://evil.test/x.png)
<b>bold</b><i>it</i>
<br>line<br>
&lt;script&gt;hit()&lt;/script&gt;
&#60;script&#62;hit()&#60;/script&#62;
%3Cscript%3Ehit()%3C/script%3E
%{y}%{customdata}
%{text}<extra></extra>
${hit()}
{{hit()}}
{{constructor.constructor('hit()')()}}
#{hit()}
<%= hit() %>
$x^2$ $\\href{javascript:hit()}{x}$
`hit()`
';hit();//
";hit();//
'+hit()+'
\\');hit();//
{"function": "hit()"}
d3.format(',')(hit())
params.data.constructor.constructor('hit()')()
__proto__
constructor
toString
../../etc/passwd
..\\..\\windows
a/b/c
a.b.c
a,b,c
a b  c
a;b
a:b
a|b
a?b=c
a#b
a%00b
a&b
a=b
'single'
"double"
(paren)
[bracket]
{brace}
*star*
~tilde~
^caret^
@at
!bang
-1+1
=1+1
+1
NaN
null
undefined
true
0
Größe
数学
Ωμέγα
кириллица
עברית
العربية
👩‍🔬 lab
e\u0301 combined
\u202eevil
a\u200bb
a\u00a0b
<\u0131mg src=x onerror=hit()>
＜script＞hit()＜/script＞
<scr<script>ipt>hit()</scr</script>ipt>
<SCRIPT>hit()</SCRIPT>
<script src=//evil.test/x.js></script>
<script\\x20type="text/javascript">hit();</script>
<img/src=x/onerror=hit()>
<img src="x" onerror="hit()" />
<svg/onload=hit()>
<p style="background:url(http://evil.test/x)">x</p>
<div style="width:expression(hit())">x</div>
<isindex action=javascript:hit() type=image>
<button formaction=javascript:hit()>x</button>
<select onfocus=hit() autofocus>
<template><script>hit()</script></template>
<noscript><p title="</noscript><img src=x onerror=hit()>">
<xmp><script>hit()</script></xmp>
<plaintext>
<table background=javascript:hit()>
<embed src=javascript:hit()>
<applet code=x>
<bgsound src=javascript:hit()>
<layer src=http://evil.test/x></layer>
<xml id=x><a b="hit()"></a></xml>
<img src=`x` onerror=hit()>
<a href=" javascript:hit()">x</a>
<a href="java\\nscript:hit()">x</a>
<a href="&#106;avascript:hit()">x</a>
<a href="vbscript:hit()">x</a>
<svg><a xlink:href="javascript:hit()"><text>x</text></a></svg>
<svg><animate onbegin=hit() attributeName=x></svg>
<svg><foreignObject><img src=x onerror=hit()></foreignObject></svg>
<tspan onclick=hit()>x</tspan>
<sub>x</sub><sup>y</sup>
<span style="color:red" onmouseover=hit()>x</span>
<em onclick=hit()>x</em>
<audio src=x onerror=hit()>
<body background="javascript:hit()">
<frameset onload=hit()>
<keygen autofocus onfocus=hit()>
<object type=text/x-scriptlet data=http://evil.test></object>
<img dynsrc="javascript:hit()">
<img lowsrc="javascript:hit()">
<img srcset="x" onerror=hit()>
<a ping=http://evil.test/x href=x>x</a>
<dialog open onclose=hit()>x</dialog>
<ul><li style="list-style-image:url(javascript:hit())">x</ul>
<!--<img src="--><img src=x onerror=hit()>
"""
PAYLOADS = [line for line in _PAYLOADS.strip().split("\n") if line]

#: Counts dialogs, runs of ``hit()`` and elements that only markup in a name could have made.
WATCH = """
window.hits = 0;
window.hit = () => { window.hits += 1; };
window.alert = window.confirm = window.prompt = window.hit;
"""
PLANTED = """() => document.querySelectorAll(
  'main script, main iframe, main object, main embed, main marquee, main base, main video, ' +
  'main img[onerror], main [onload], main [onfocus], main [onerror], a[href^="javascript"], ' +
  'a[href*="evil"], a[href^="data"], svg a, meta[http-equiv=refresh]').length"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Two runs in which every payload is a metric, a parameter, a tag and more."""
    base_dir = tmp_path_factory.mktemp("hostile") / "runs"
    ids = []
    for number in range(2):
        source = base_dir.parent / "source.txt"
        source.write_text("\n".join(PAYLOADS))
        with ExperimentTracker(
            PAYLOADS[number],
            base_dir,
            auto_visualize=False,
            capture_environment=False,
            tags={payload: PAYLOADS[i - 1] for i, payload in enumerate(PAYLOADS[:40])},
            notes="\n".join(PAYLOADS),
            group=PAYLOADS[number],
        ) as tracker:
            tracker.log_hyperparameters({p: f"{p}{number}" for p in PAYLOADS})
            tracker.log_metrics(dict.fromkeys(PAYLOADS, 1.0 + number), step=0)
            tracker.log_metrics(dict.fromkeys(PAYLOADS, float("nan")), step=1)
            for payload in PAYLOADS[:12]:
                tracker.log_artifact(source, payload)
                tracker.log_text(payload, payload, step=0)
        ids.append(tracker.experiment_id)
    (next(base_dir.glob(f"*_{ids[0]}")) / "git_diff.patch").write_text(
        "diff --git a/x b/x\n@@ -1 +1 @@\n" + "".join(f"+{line}\n" for line in PAYLOADS)
    )
    return base_dir, ids


def _assert_harmless(visit: Any, place: str) -> None:
    found = visit.page.evaluate("() => window.hits"), visit.page.evaluate(PLANTED)
    assert (place, *found) == (place, 0, 0)


def test_enough_payloads() -> None:
    """The corpus has the size that was promised."""
    assert len(PAYLOADS) >= 150
    assert len(set(PAYLOADS)) == len(PAYLOADS)


@pytest.fixture
def watched(open_page: Callable[..., Any], hostile: Any) -> Callable[[str], Any]:
    """Return ``watched(path)``: a visit on which every run of a payload is counted."""

    def show(path: str) -> Any:
        visit = open_page(hostile[0], path)
        visit.context.add_init_script(WATCH)
        visit.page.reload()
        visit.page.wait_for_selector("h1")
        return visit

    return show


def test_table(watched: Callable[[str], Any]) -> None:
    """Names, tags, groups and parameters in the table, and a filter that is code."""
    visit = watched("/")
    expect(visit.page.locator(".ag-row .aq-cell-link")).to_have_text([PAYLOADS[1], PAYLOADS[0]])
    _assert_harmless(visit, "table")

    visit.page.fill("#experiments-filter-text", PAYLOADS[0])
    visit.page.wait_for_selector(".aq-filter-place, #experiments-no-match:not([hidden])")
    _assert_harmless(visit, "filter")


def test_every_tab_of_a_run(watched: Callable[[str], Any], hostile: Any) -> None:
    """Each payload is read literally in the tab that shows it."""
    visit = watched(f"/experiments/{hostile[1][0]}")
    expect(visit.page.locator("h1")).to_have_text(PAYLOADS[0])

    for name, label in run_detail.TABS.items():
        visit.page.get_by_role("tab", name=label).click()
        visit.page.wait_for_selector(f"[role=tabpanel][aria-label='{label}'] > *")
        _assert_harmless(visit, name)
        texts = visit.page.locator("[role=tabpanel]").inner_text()
        if name == "params":
            assert [p for p in PAYLOADS if " ".join(p.split()) not in " ".join(texts.split())] == []


def test_charts(watched: Callable[[str], Any], hostile: Any) -> None:
    """Titles, legends, hover and marks of charts are text."""
    visit = watched(f"/compare?runs={','.join(hostile[1])}")
    visit.page.wait_for_selector(".scatterlayer .point")
    names = visit.page.locator(".aq-chart-name").all_inner_texts()

    plot = visit.page.locator(".nsewdrag").first.bounding_box()
    visit.page.mouse.move(plot["x"] + 10, plot["y"] + 10)
    visit.page.wait_for_selector(".hoverlayer text")

    assert set(names) <= {payload.strip() for payload in PAYLOADS}
    assert names[:2] == PAYLOADS[:2]
    assert visit.page.locator(".hoverlayer a, .infolayer a").count() == 0
    _assert_harmless(visit, "charts")


def test_comparison_tables(watched: Callable[[str], Any], hostile: Any) -> None:
    """Parameters and values of runs with such names stand in their tables."""
    for tab in ("params", "values"):
        visit = watched(f"/compare?runs={','.join(hostile[1])}&tab={tab}")
        expect(visit.page.locator(".aq-list-runs tbody tr")).to_have_count(len(PAYLOADS))
        _assert_harmless(visit, tab)


def test_addresses(watched: Callable[[str], Any]) -> None:
    """What stands in an address is shown, not run."""
    for path in (
        "/experiments/%3Cimg%20src=x%20onerror=hit()%3E",
        "/compare?runs=%3Cscript%3Ehit()%3C/script%3E",
        "/?filter=%3Cscript%3Ehit()%3C/script%3E&sort=%3Cb%3E",
        "/%3Cscript%3Ehit()%3C/script%3E",
    ):
        visit = watched(path)
        visit.expect_console("404")  # the last one is no page at all
        _assert_harmless(visit, path)
