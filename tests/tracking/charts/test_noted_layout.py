from __future__ import annotations

from neural.tracking.charts.noted_layout import noted_layout


def test_long_notes_are_broken_into_lines() -> None:
    """Each line moves the chart down, and programs get the note whole."""
    note = "a few words, " * 20
    short, long = noted_layout("dark", "Title", "short"), noted_layout("dark", "Title", note)

    assert "<br>" in long["title"]["subtitle"]["text"]
    assert long["margin"]["t"] > short["margin"]["t"]
    assert long["meta"]["note"] == note


def test_card_shows_title_and_note_itself() -> None:
    """Compact charts have neither."""
    layout = noted_layout("dark", "Title", "note " * 50, compact=True)

    assert "title" not in layout
