"""What people say about a run: name, notes, tags; edited in place."""

from __future__ import annotations

from collections.abc import Mapping

from dash import dcc, html
from dash.development.base_component import Component

from neural.tracking.records import RunRecord
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.components import card, labelled
from neural.tracking.ui.icons import icon

__all__ = ["NotesIds", "notes_tab", "tag_list", "tag_of"]


class NotesIds:
    """Component ids of the tab."""

    NAME = "run-display-name"
    NOTES = "run-notes"
    SAVE = "run-notes-save"
    SAVED = "run-notes-saved"
    TAGS = "run-tags"
    TAG_NAMES = "run-tag-names"
    NEW_TAG = "run-new-tag"
    ADD_TAG = "run-add-tag"
    #: Type of the ids of the buttons that take a tag away; ``index`` is its place.
    DROP_TAG = "run-drop-tag"


def notes_tab(record: RunRecord) -> list[Component]:
    """Return the content of the tab."""
    name = dcc.Input(
        id=NotesIds.NAME,
        type="text",
        value=record.display_name or "",
        placeholder=record.experiment_name,
    )
    notes = dcc.Textarea(id=NotesIds.NOTES, value=record.notes, rows=10, className="aq-textarea")
    save = html.Button("Save", id=NotesIds.SAVE, type="button", className="btn btn-primary")
    saved = html.Span(id=NotesIds.SAVED, className="aq-hint", role="status")
    return [
        card(
            "Name and notes",
            html.Div(
                [
                    labelled("Name", name, hint="Shown instead of the name it was started with."),
                    labelled("Notes", notes),
                    html.Div([save, saved], className="aq-actions"),
                ],
                className="aq-stack",
            ),
        ),
        card("Tags", [html.Div(tag_list(record.tags), id=NotesIds.TAGS), _new_tag()]),
    ]


def tag_list(tags: Mapping[str, str]) -> list[Component]:
    """Return the tags, each with a button that takes it away."""
    if not tags:
        return [html.P("No tags yet.", className="aq-muted")]
    return [
        dcc.Store(id=NotesIds.TAG_NAMES, data=list(tags)),
        html.Ul(
            [html.Li(_tag(i, name, text)) for i, (name, text) in enumerate(tags.items())],
            className="aq-tags",
        ),
    ]


def _tag(index: int, name: str, text: str) -> html.Span:
    words = f"{name}: {text}" if text else name
    drop = html.Button(
        icon("close"),
        id={"type": NotesIds.DROP_TAG, "index": index},
        type="button",
        className="aq-icon-button",
        title=f"Remove the tag {name}",
        **attributes(aria_label=f"Remove the tag {name}"),
    )
    return html.Span([html.Span(words), drop], className="aq-badge aq-badge-tag")


def _new_tag() -> html.Div:
    name = dcc.Input(id=NotesIds.NEW_TAG, type="text", placeholder="baseline, or team: vision")
    add = html.Button(
        "Add", id=NotesIds.ADD_TAG, type="button", className="btn btn-outline-primary"
    )
    field = html.Div(labelled("New tag", name, hidden=True), className="aq-control-wide")
    return html.Div([field, add], className="aq-actions")


def tag_of(text: str) -> tuple[str, str] | None:
    """Return ``(name, text)`` of a tag as typed: ``baseline`` or ``team: vision``.

    ``None`` when there is nothing in it.
    """
    name, _, value = text.partition(":")
    return (name.strip(), value.strip()) if name.strip() else None
