"""Component ids of the export page; the prefix keeps them apart from other pages'."""

from __future__ import annotations

from typing import Any

__all__ = ["Ids"]


class Ids:
    """Components and stores of the page."""

    #: Which runs: ``runs`` (named in the address), ``selection`` or ``filter``.
    SOURCE = "export-source"
    #: Stores: ids in the address; ids that are selected in the table of runs.
    GIVEN = "export-given"
    SELECTION = "export-selection"
    FILTER_TEXT = "export-filter-text"
    FILTER_BOX = "export-filter-box"
    PROBLEM = "export-filter-problem"
    TYPED = "export-filter-typed"
    HINTED = "export-filter-hinted"
    #: Written by nobody: Dash wants an output on the page for what only acts in the browser.
    QUIET = "export-quiet"
    GROUP = "export-group"
    CHOSEN = "export-chosen"
    PARTS = "export-parts"

    PLATFORM = "export-platform"
    ADDRESS = "export-address"
    PROJECT = "export-project"
    ENTITY = "export-entity"
    MODE = "export-mode"
    FOLDER = "export-folder"
    TAGS = "export-tags"

    TEST = "export-test"
    CHECK = "export-check"
    SEND = "export-send"
    #: Stores: numbers of the jobs that answer for this page.
    TEST_JOB = "export-test-job"
    CHECK_JOB = "export-check-job"
    #: Store: counts what this page did to jobs, so that they are looked at again at once.
    CHANGED = "export-changed"
    #: Store: what the answers and the list of jobs were drawn from.
    SEEN = "export-seen"
    TEST_ANSWER = "export-test-answer"
    CHECK_ANSWER = "export-check-answer"
    JOBS = "export-jobs"
    TICK = "export-tick"

    @staticmethod
    def field(name: str) -> str:
        """Return the id of what holds a field that only some platforms have."""
        return f"export-field-{name}"

    @staticmethod
    def act(what: Any, number: Any) -> dict[str, Any]:
        """Return the id of a button that does something to a job.

        Args:
            what: ``cancel``, ``go-on``, ``retry`` or ``forget``.
            number: The job.
        """
        return {"type": "export-act", "what": what, "job": number}
