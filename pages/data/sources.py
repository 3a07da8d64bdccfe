"""Places that are imported again and again: their last refresh, a button for each, and a form for a new one."""

from revops.ui import sources

sources.page()
