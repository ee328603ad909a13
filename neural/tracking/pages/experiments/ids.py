"""Component ids of the table of runs; the prefix keeps them apart from other pages'."""

from __future__ import annotations

__all__ = ["Ids"]


class Ids:
    """Components and stores of the first page."""

    # What shapes the view; all of it stands in the address too.
    #: Filter as typed, and as last understood.
    FILTER_TEXT = "experiments-filter-text"
    FILTER = "experiments-filter"
    SORT = "experiments-sort"
    #: Store: the columns that somebody chose, as texts; empty: the table chooses.
    CHOSEN = "experiments-chosen"
    #: Store: pixels of the columns that somebody made wider or narrower, by key.
    WIDTHS = "experiments-widths"
    GROUP = "experiments-group"
    OPTIONS = "experiments-options"
    DENSITY = "experiments-density"
    #: Store: the address as this page wrote it last.
    ADDRESS = "experiments-address"

    # Filter box.
    PROBLEM = "experiments-filter-problem"
    TYPED = "experiments-filter-typed"
    HINTS = "experiments-filter-hints"
    HINTED = "experiments-filter-hinted"
    CLEAR_FILTER = "experiments-clear-filter"
    NO_MATCH = "experiments-no-match"

    # Table.
    GRID = "experiments-grid"
    #: Stores: the block of rows that the table asks for, and the one it gets.
    REQUEST = "experiments-request"
    ANSWER = "experiments-answer"
    #: The same for cells that need a look into the series: trends, values at the best step.
    SLOW_REQUEST = "experiments-slow-request"
    SLOW_ANSWER = "experiments-slow-answer"
    #: Store: the block that the table begins with.
    FIRST = "experiments-first"
    #: Store: the columns that the table has.
    COLUMNS = "experiments-columns"
    #: Store: changes once the rows of another filter are there.
    SETTLED = "experiments-settled"
    #: Store: the groups that are open, by key.
    OPEN = "experiments-open"
    TABLE = "experiments-table"
    EMPTY = "experiments-empty"
    COUNTS = "experiments-counts"
    #: Written by nobody: Dash wants an output on the page for what only acts in the browser.
    REREAD = "experiments-reread"
    #: Store: counts changes that this page made, so that the rows are read again at once.
    CHANGED = "experiments-changed"
    NEW_RUNS = "experiments-new-runs"
    #: Store: how many runs match, and the newest of them when it was last looked at.
    SEEN = "experiments-seen"

    # Selection.
    SELECTED = "experiments-selected"
    #: Store: ids of runs that charts leave out.
    HIDDEN = "experiments-hidden"
    #: Store: classes of the swatches of the selected runs, by id.
    LOOKS = "experiments-looks"
    COMPARE = "experiments-compare"
    DESELECT = "experiments-deselect"
    SELECT_ALL = "experiments-select-all"
    BULK = "experiments-bulk"
    BULK_COUNT = "experiments-bulk-count"
    TAG_TEXT = "experiments-tag-text"
    ADD_TAG = "experiments-add-tag"
    DROP_TAG = "experiments-drop-tag"
    ARCHIVE = "experiments-archive"
    UNARCHIVE = "experiments-unarchive"
    PIN = "experiments-pin"
    UNPIN = "experiments-unpin"
    DISCARD = "experiments-discard"
    #: Store: what an action of one row asks for: ``{"act": "pin", "id": …, "number": …}``.
    ACT = "experiments-act"
    #: Store: how the last change is undone; and the line that offers it.
    UNDO = "experiments-undo"
    UNDO_BAR = "experiments-undo-bar"
    UNDO_TEXT = "experiments-undo-text"
    UNDO_CLOSE = "experiments-undo-close"
    UNDO_BUTTON = "experiments-undo-button"

    # Columns.
    PICKER_BUTTON = "experiments-picker-button"
    PICKER = "experiments-picker"
    PICKER_CLOSE = "experiments-picker-close"
    PICKER_SEARCH = "experiments-picker-search"
    PICKER_STAT = "experiments-picker-stat"
    PICKER_LISTS = "experiments-picker-lists"
    #: Type of the ids of the lists of columns to tick; ``section`` says which.
    PICKER_LIST = "experiments-picker-list"
    PICKER_SHOWN = "experiments-picker-shown"
    #: Type of the ids of the buttons that take a column away; ``index`` is its place.
    PICKER_DROP = "experiments-picker-drop"
    PICKER_RESET = "experiments-picker-reset"
    #: Holds the choice of a value at a best step, once the drawer was opened.
    AT_BOX = "experiments-at-box"
    AT_METRIC = "experiments-at-metric"
    AT_OTHER = "experiments-at-other"
    AT_ADD = "experiments-at-add"

    # Export.
    #: Type of the ids of the buttons that export the table; ``format`` is the format.
    EXPORT = "experiments-export"
    DOWNLOAD = "experiments-download"

    # Peek.
    PEEK_BUTTON = "experiments-peek-button"
    PEEK = "experiments-peek"
    PEEK_BODY = "experiments-peek-body"
    PEEK_CLOSE = "experiments-peek-close"
    #: Store: id of the run that is looked at; ``None`` closes the drawer.
    FOCUS = "experiments-focus"
    #: Type of the ids of the colours to choose from; ``index`` is the slot, -1 the run's own.
    COLOR = "experiments-color"
    PEEK_NAME = "experiments-peek-name"
    PEEK_TAGS = "experiments-peek-tags"
    PEEK_NOTES = "experiments-peek-notes"
    PEEK_SAVE = "experiments-peek-save"

    # Trash.
    TRASH_LIST = "experiments-trash-list"
    TRASH_CHOSEN = "experiments-trash-chosen"
    RESTORE = "experiments-restore"
    PURGE = "experiments-purge"
    PURGE_SURE = "experiments-purge-sure"
    PURGE_NO = "experiments-purge-no"
    PURGE_ASK = "experiments-purge-ask"
