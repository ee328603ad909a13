"""What stands on the export page: what, where, check, and the jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from dash_bootstrap_components import Checklist, RadioItems

from neural.tracking.export_jobs.spec import PLATFORMS
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.pages.experiments.filter import filter_box
from neural.tracking.pages.export.chosen import group_options
from neural.tracking.pages.export.form import PART_WORDS, fields_of
from neural.tracking.pages.export.ids import Ids
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import card, choosable, labelled, page_header
from neural.tracking.ui.icons import icon
from neural.tracking.ui.page import AppContext, PageLocation

__all__ = ["layout"]

_FIRST_PLATFORM = "mlflow"
#: Milliseconds between two looks at jobs that go on.
_TICK_MS = 1000


def layout(context: AppContext, targets: PageTargets, location: PageLocation) -> html.Div:
    """Return the page.

    Args:
        context: The application.
        targets: Where it may send.
        location: Where the browser is: ``runs`` or ``filter`` say what, ``to`` says where.
    """
    platform = location.get("to")
    platform = platform if platform in PLATFORMS else _FIRST_PLATFORM
    return html.Div(
        [
            *_stores(location),
            page_header(
                "Export",
                subtitle="Send runs to other platforms and formats; again, only what is new.",
            ),
            html.Div(
                [
                    card("1 What", _what(context, location)),
                    card("2 Where", _where(targets, platform), actions=[_test_button()]),
                ],
                className="aq-export-form",
            ),
            card("3 Check and send", _send()),
            card("Jobs", html.Div(id=Ids.JOBS, className="aq-jobs")),
        ],
        className="aq-page aq-export",
    )


def _stores(location: PageLocation) -> list[Component]:
    filled: dict[str, Any] = {Ids.GIVEN: location.get_ids("runs"), Ids.SELECTION: []}
    silent = (Ids.TYPED, Ids.HINTED, Ids.QUIET, Ids.TEST_JOB, Ids.CHECK_JOB, Ids.CHANGED, Ids.SEEN)
    return [
        *(dcc.Store(id=store, data=data) for store, data in filled.items()),
        *(dcc.Store(id=store) for store in silent),
        dcc.Interval(id=Ids.TICK, interval=_TICK_MS),
    ]


def _what(context: AppContext, location: PageLocation) -> list[Component]:
    given = location.get_ids("runs")
    sources = {"runs": f"These {len(given):,}"} if given else {}
    sources |= {"selection": "Selected in the table", "filter": "By filter or group"}
    wanted = location.get("from")
    start = wanted if wanted in sources else "runs" if given else "filter"
    groups = [
        {name: choosable(text) for name, text in one.items()}
        for one in group_options(context.manager)
    ]
    by_filter = html.Div(
        [
            filter_box(location.get("filter"), prefix="export"),
            labelled(
                "Group or name",
                dcc.Dropdown(id=Ids.GROUP, options=groups, placeholder="fills in the filter"),
            ),
        ],
        id=Ids.FILTER_BOX,
        hidden=start != "filter",
        className="aq-stack",
    )
    return [
        html.Div(
            [
                labelled("Runs", _segments(Ids.SOURCE, sources, start)),
                by_filter,
                html.Div(id=Ids.CHOSEN, className="aq-chosen", role="status"),
                labelled(
                    "Parts",
                    Checklist(
                        id=Ids.PARTS,
                        options=[{"value": n, "label": words} for n, words in PART_WORDS.items()],
                        value=list(PART_WORDS),
                        className="aq-checks",
                    ),
                    hint="A zip archive always holds all of a run.",
                ),
            ],
            className="aq-stack",
        )
    ]


def _segments(control_id: str, options: Mapping[str, str], value: str) -> Component:
    made: Component = RadioItems(
        id=control_id,
        options=[{"value": name, "label": words} for name, words in options.items()],
        value=value,
        inline=True,
        className="aq-segments",
        inputClassName="btn-check",
        labelClassName="btn btn-outline-primary",
        labelCheckedClassName="active",
    )
    return made


def _where(targets: PageTargets, platform: str) -> list[Component]:
    shown = fields_of(platform)
    fields = [
        html.Div(control, id=Ids.field(name), hidden=name not in shown)
        for name, control in _controls(targets, platform).items()
    ]
    return [
        html.Div(
            [
                labelled("Platform", _segments(Ids.PLATFORM, PLATFORMS, platform), hidden=True),
                *fields,
                html.Div(id=Ids.TEST_ANSWER, className="aq-test-answer", role="status"),
            ],
            className="aq-stack",
        )
    ]


def _controls(targets: PageTargets, platform: str) -> dict[str, Component]:
    """Return the fields that only some platforms have, by name."""
    known = html.Datalist([html.Option(value=one) for one in targets.addresses], id="export-known")
    open_folders = ", ".join(map(str, (targets.roots.exports, *targets.roots.roots)))
    online = [{"value": "offline", "label": "Offline runs"}]
    if targets.online:
        online.append({"value": "online", "label": "Online"})
    return {
        "address": html.Div(
            [
                labelled(
                    "Tracking URI",
                    _text(Ids.ADDRESS, "http://127.0.0.1:5000", list="export-known"),
                    hint="A server on this machine or one that was given with --export-to; or "
                    "sqlite:///mlflow.db.",
                ),
                known,
            ]
        ),
        "project": labelled("Project", _text(Ids.PROJECT, "neural")),
        "entity": labelled("Team or user", _text(Ids.ENTITY, "your own")),
        "mode": labelled(
            "Mode",
            RadioItems(id=Ids.MODE, options=online, value="offline", className="aq-checks"),
            hint=None if targets.online else "Online needs a start with --export-to wandb.",
        ),
        "folder": labelled(
            "Folder", _text(Ids.FOLDER, platform), hint=f"Open to the pages: {open_folders}"
        ),
        "tags": labelled("Further tags", _text(Ids.TAGS, "paper, team: vision")),
    }


def _text(control_id: str, placeholder: str, **options: Any) -> Component:
    made: Component = dcc.Input(
        id=control_id,
        type="text",
        placeholder=placeholder,
        autoComplete="off",
        spellCheck="false",
        className="aq-text",
        **options,
    )
    return made


def _test_button() -> html.Button:
    return html.Button(
        [icon("link"), html.Span("Test the connection")],
        id=Ids.TEST,
        type="button",
        className="btn btn-outline-primary btn-sm aq-with-icon",
    )


def _send() -> list[Component]:
    check = html.Button(
        [icon("search"), html.Span("Dry run")],
        id=Ids.CHECK,
        type="button",
        className="btn btn-outline-primary aq-with-icon",
        title="Count what is new and what would be converted; nothing is sent",
    )
    send = html.Button(
        [icon("export"), html.Span("Export")],
        id=Ids.SEND,
        type="button",
        className="btn btn-primary aq-with-icon",
    )
    return [
        html.Div([check, send], className="aq-actions"),
        html.Div(
            id=Ids.CHECK_ANSWER,
            className="aq-stack aq-check-answer",
            role="status",
            **attributes(aria_label="What the dry run found"),
        ),
    ]
