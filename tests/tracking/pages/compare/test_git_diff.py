"""The lines of a git diff by kind."""

from __future__ import annotations

from neural.tracking.pages.compare.git_diff import diff_blocks, diff_counts

DIFF = """diff --git a/x.py b/x.py
index 1..2 100644
--- a/x.py
+++ b/x.py
@@ -1,3 +1,3 @@ def f():
 same\fpage
--- a comment of SQL
+++ i
+new
diff --git a/y.py b/y.py
--- a/y.py
+++ b/y.py
@@ -1 +1 @@
-a
+b
"""


def test_neighbouring_lines_of_a_kind_are_one_block() -> None:
    """A change of many lines is one element on the page, not one a line."""
    kinds = [kind for kind, _ in diff_blocks(DIFF)]

    assert kinds == [
        *("file", "hunk", "same", "removed", "added"),
        *("file", "hunk", "removed", "added"),
    ]


def test_content_that_looks_like_a_header() -> None:
    """Inside a hunk, lines that begin with --- and +++ are changes."""
    assert ("removed", "--- a comment of SQL") in diff_blocks(DIFF)
    assert ("added", "+++ i\n+new") in diff_blocks(DIFF)


def test_nothing_is_lost() -> None:
    """The blocks together are the text that was captured."""
    assert "\n".join(text for _, text in diff_blocks(DIFF)) + "\n" == DIFF


def test_counts() -> None:
    """Headers are not counted as changed lines."""
    assert diff_counts(DIFF) == (2, 3, 2)


def test_no_changes() -> None:
    """An empty diff has no blocks."""
    assert diff_blocks("") == []
