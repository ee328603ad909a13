"""The tabs of the comparison, one module each; the table of them is ``tabs.py``."""
