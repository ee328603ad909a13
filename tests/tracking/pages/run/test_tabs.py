"""The tabs of a run's page, each on its own."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import html
from plotly.utils import PlotlyJSONEncoder

from neural.tracking import ExperimentTracker
from neural.tracking.pages.run import artifacts as run_artifacts
from neural.tracking.pages.run import media as run_media
from neural.tracking.pages.run.artifacts import artifacts_tab, look_into, text_start
from neural.tracking.pages.run.environment import diff_view, environment_tab
from neural.tracking.pages.run.media import histogram_figure, media_of, media_tab, show
from neural.tracking.pages.run.notes import notes_tab, tag_list, tag_of
from neural.tracking.pages.run.overview import MOST_ROWS, damage, failure, overview
from neural.tracking.pages.run.params import params_tab, params_table
from neural.tracking.records import Artifact
from neural.tracking.ui.page import AppContext

MakeRun = Callable[..., str]

PNG = bytes.fromhex("89504e470d0a1a0a") + b"rest"


def _text(component: Any) -> str:
    return json.dumps(component, cls=PlotlyJSONEncoder, ensure_ascii=False)


def _parts(component: Any, kind: type) -> list[Any]:
    return [part for part in html.Div(component)._traverse() if isinstance(part, kind)]


# ---------------------------------------------------------------------------- overview


def test_overview_shows_figures(context: AppContext, make_run: MakeRun) -> None:
    """Last and best value of each metric stand on the page, with the step of the best."""
    run = make_run(metrics={"val/loss": [0.5, 0.2, 0.4]})

    text = _text(overview(context, context.manager.run(run), now=0.0))

    assert "best 0.2 at step 1" in text
    assert "0.4" in text


def test_overview_without_metrics(context: AppContext, make_run: MakeRun) -> None:
    """A run that logged nothing says how to begin."""
    text = _text(overview(context, context.manager.run(make_run()), now=0.0))

    assert "log_metrics" in text


def test_overview_of_thousands_of_metrics(context: AppContext, tmp_path: Path) -> None:
    """The table is cut, and says where the others are."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        run.log_metrics({f"m{i}": 1.0 for i in range(3000)}, step=0)

    parts = overview(context, context.manager.run(run.experiment_id), now=0.0)

    assert len(_parts(parts, html.Tr)) == MOST_ROWS + 1
    assert "2,800 more metrics" in _text(parts)


def test_overview_of_a_metric_that_never_was(context: AppContext, make_run: MakeRun) -> None:
    """A metric that only ever was NaN has no best value, and the page stands."""
    run = make_run(metrics={"loss": [math.nan]})

    assert "never a number" in _text(overview(context, context.manager.run(run), now=0.0))


def test_damage_is_told(context: AppContext, make_run: MakeRun, tmp_path: Path) -> None:
    """What cannot be read is named with its file; everything else is shown."""
    run = make_run(metrics={"loss": [1.0]})
    (next(tmp_path.glob(f"*_{run}")) / "hyperparameters.json").write_text("[1,")

    record = context.manager.run(run)

    assert "hyperparameters.json" in _text(damage(record))
    assert "best 1" in _text(overview(context, record, now=0.0))


def test_failure() -> None:
    """A run that failed shows its error and, on demand, the traceback."""
    parts = failure({"type": "ValueError", "message": "no", "traceback": "line 1"})

    assert "ValueError: no" in _text(parts)
    assert len(_parts(parts, html.Details)) == 1


@pytest.mark.parametrize("error", [None, {}, "text", {"traceback": "x"}])
def test_no_failure(error: Any) -> None:
    """Nothing is made up where nothing was kept."""
    assert failure(error) == []


# ---------------------------------------------------------------------------- parameters


def test_params_are_flat_and_searchable() -> None:
    """Nested names are joined by points; a search looks at names and values."""
    params = {"optimizer": {"name": "sgd", "lr": 0.1}, "width": 64}

    assert len(_parts(params_table(params, ""), html.Tr)) == 4
    assert "optimizer.name" in _text(params_table(params, "SGD"))
    assert "width" not in _text(params_table(params, "sgd"))


def test_params_search_without_result() -> None:
    """It says among how many was searched."""
    assert "None of the 1 parameters" in _text(params_table({"a": 1}, "zzz"))


def test_no_params() -> None:
    """A run without parameters says how to log them."""
    assert "log_hyperparameters" in _text(params_tab({}))


# ---------------------------------------------------------------------------- artifacts


@pytest.fixture
def keep(context: AppContext, tmp_path: Path, make_run: MakeRun) -> Callable[..., Any]:
    """Return ``keep(name, data) -> (id, Artifact)``: a run with one artifact."""

    def keep_file(name: str, data: bytes) -> tuple[str, Artifact]:
        source = tmp_path / "source"
        source.write_bytes(data)
        with ExperimentTracker(
            "a", tmp_path, capture_environment=False, auto_visualize=False
        ) as tracker:
            tracker.log_artifact(source, name)
        return tracker.experiment_id, context.manager.artifacts(tracker.experiment_id)[0]

    return keep_file


def test_artifacts_are_listed(context: AppContext, keep: Callable[..., Any]) -> None:
    """Size, checksum and a download stand in the row."""
    run, artifact = keep("notes.txt", b"hello")

    parts = artifacts_tab(context, run, [artifact])

    text = _text(parts)
    assert "5 B" in text
    assert artifact.checksum is not None
    assert artifact.checksum in text
    assert [link.href for link in _parts(parts, html.A)] == [
        f"/api/v1/runs/{run}/artifacts/notes.txt"
    ]


def test_no_artifacts(context: AppContext) -> None:
    """A run without files says how to keep one."""
    assert "log_artifact" in _text(artifacts_tab(context, "x", []))


def test_text_preview(context: AppContext, keep: Callable[..., Any]) -> None:
    """A text is shown as text, whatever it looks like."""
    shown = look_into(context, *keep("page.html", b"<script>alert(1)</script>"))

    assert [part.children for part in _parts(shown, html.Pre)] == ["<script>alert(1)</script>"]
    assert _parts(shown, html.Img) == []


def test_picture_preview(context: AppContext, keep: Callable[..., Any]) -> None:
    """A picture is told by its first bytes, not by its name."""
    shown = look_into(context, *keep("picture.txt", PNG))

    assert len(_parts(shown, html.Img)) == 1


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"\x00\x01", b"\xff\xfe\x00"])
def test_neither_picture_nor_harm(
    context: AppContext, keep: Callable[..., Any], data: bytes
) -> None:
    """What is no real picture never becomes an image element."""
    assert _parts(look_into(context, *keep("x.png", data)), html.Img) == []


def test_long_text_is_cut(
    context: AppContext, keep: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long text the start is shown, and how much that is."""
    monkeypatch.setattr(run_artifacts, "MOST_TEXT_BYTES", 4)

    shown = look_into(context, *keep("long.txt", "aaaä tail".encode()))

    assert [part.children for part in _parts(shown, html.Pre)] == ["aaa"]
    assert "The first 4 B of" in _text(shown)


def test_a_file_that_is_gone(context: AppContext, keep: Callable[..., Any], tmp_path: Path) -> None:
    """A listed file that is not there says so instead of failing the page."""
    run, artifact = keep("a.txt", b"x")
    (next(tmp_path.glob(f"*_{run}")) / artifact.path).unlink()

    assert "cannot be shown" in _text(look_into(context, run, artifact))


def test_a_folder_is_listed(context: AppContext, tmp_path: Path) -> None:
    """An artifact that is a directory shows its files, each with a link of its own."""
    folder = tmp_path / "source"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a b.txt").write_text("x")
    (folder / "link").symlink_to("/etc")
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        run.log_artifact(folder, "folder")
    artifact = context.manager.artifacts(run.experiment_id)[0]

    links = _parts(look_into(context, run.experiment_id, artifact), html.A)

    assert [link.children for link in links] == ["deep/a b.txt"]


def test_cut_character() -> None:
    """The end of a text may cut a character in two; a broken one inside is no text."""
    long = b"a" * (run_artifacts.MOST_TEXT_BYTES - 1) + "ä".encode()

    assert text_start(long) == "a" * (run_artifacts.MOST_TEXT_BYTES - 1)
    assert text_start(b"\xc3") is None


# ---------------------------------------------------------------------------- media


@pytest.fixture
def media_run(tmp_path: Path) -> str:
    """A run with an image, texts of two steps, a histogram and a table."""
    with ExperimentTracker("a", tmp_path, capture_environment=False, auto_visualize=False) as run:
        run.log_image("digit", np.zeros((4, 4), dtype=np.uint8), step=3)
        run.log_text("sample", "first", step=1)
        run.log_text("sample", "second", step=2)
        run.log_histogram("weights", [1.0, 2.0, 2.0], step=0)
        run.log_table("errors", [{"word": "a<b", "count": 2}], step=0)
    return run.experiment_id


def test_media_are_grouped_by_name(context: AppContext, media_run: str) -> None:
    """Every name has one card, its entries in the order of their steps."""
    media = media_of(context.manager.media(media_run))

    assert [(medium.key, medium.kind, len(medium.entries)) for medium in media] == [
        ("digit", "image", 1),
        ("sample", "text", 2),
        ("weights", "histogram", 1),
        ("errors", "table", 1),
    ]


def test_media_show_their_last_step(context: AppContext, media_run: str) -> None:
    """The newest entry is shown first; a slider leads to the others."""
    media = media_of(context.manager.media(media_run))
    text = _text(media_tab(context, media_run, media, "dark"))

    assert "second" in text
    assert "first" not in text
    assert "a<b" in text
    assert "/media/" in text


def test_histogram_figure() -> None:
    """Bars stand between their edges."""
    figure = histogram_figure({"edges": [0, 1, 3], "counts": [5, 2]}, "dark")

    go.Figure(figure)
    assert figure["data"][0]["type"] == "bar"


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "histogram", "value": {"edges": [1], "counts": [1]}},
        {"kind": "image", "path": "../metadata.json"},
        {"kind": "image"},
        {"kind": "text", "path": "media/gone.txt"},
        {"kind": "table", "value": 3},
        {"kind": "hologram"},
        {},
    ],
)
def test_damaged_media(context: AppContext, media_run: str, entry: dict[str, Any]) -> None:
    """An entry that makes no sense says so in its place."""
    text = _text(show(context, media_run, entry, "dark"))

    assert "cannot be shown" in text or "does not know" in text


def test_no_media(context: AppContext) -> None:
    """A run without media says how to log some."""
    assert "log_image" in _text(media_tab(context, "x", [], "dark"))


def test_media_are_capped(context: AppContext, media_run: str) -> None:
    """Hundreds of names do not make hundreds of cards."""
    one = media_of(context.manager.media(media_run))[1]

    text = _text(media_tab(context, media_run, [one] * 100, "dark"))

    assert f"{100 - run_media.MOST_CARDS} more names" in text


# ---------------------------------------------------------------------------- environment


def test_environment() -> None:
    """Command, machine, packages and code each have their place."""
    captured = {
        "command": ["python", "train.py", "--name", "a b"],
        "python": {"version": "3.11.7"},
        "packages": {"numpy": "2.0"},
        "git": {"commit": "abc", "remote": "https://example.org/x.git"},
    }

    parts = environment_tab(captured, "")

    text = _text(parts)
    assert "python train.py --name 'a b'" in text
    assert "python.version" in text
    assert "numpy" in text
    assert "no uncommitted changes" in text
    assert [link.href for link in _parts(parts, html.A)] == ["https://example.org/x.git"]


def test_no_environment() -> None:
    """A run of another program says why there is nothing."""
    assert "No environment" in _text(environment_tab({}, ""))


def test_diff_has_colour_and_sign() -> None:
    """Added and removed lines are told apart by class, and keep their plus and minus."""
    diff = "diff --git a/x b/x\n@@ -1 +1 @@\n-<b>old\n+new\n"

    blocks = _parts(diff_view(diff), html.Span)

    assert [(block.className, block.children) for block in blocks[2:]] == [
        ("aq-diff-removed", "-<b>old\n"),
        ("aq-diff-added", "+new\n"),
    ]


def test_a_long_diff_is_cut() -> None:
    """Of a huge diff the start is shown, and how much that is."""
    diff = "diff --git a/x b/x\n@@ -0,0 +1 @@\n" + "+line\n" * 100_000

    parts = diff_view(diff)

    assert len(_text(parts)) < 300_000
    assert "100,000 lines added" in _text(parts)
    assert "The first 200,000 of" in _text(parts)


# ---------------------------------------------------------------------------- notes


def test_notes(context: AppContext, make_run: MakeRun) -> None:
    """Notes and tags of a run can be edited where they stand."""
    run = make_run(tags={"team": "vision"}, notes="A *note*")

    text = _text(notes_tab(context.manager.run(run)))

    assert "A *note*" in text
    assert "team: vision" in text
    assert "Remove the tag team" in text


def test_no_tags() -> None:
    """Without tags there is a word instead of a gap."""
    assert "No tags" in _text(tag_list({}))


@pytest.mark.parametrize(
    ("typed", "tag"),
    [
        ("baseline", ("baseline", "")),
        (" team : vision:2 ", ("team", "vision:2")),
        ("", None),
        (" : x", None),
    ],
)
def test_tag_of(typed: str, tag: tuple[str, str] | None) -> None:
    """What stands before the first colon is the name."""
    assert tag_of(typed) == tag
