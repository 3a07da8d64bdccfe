"""Kept cells, notes and SQL in an order of one's own: for a meeting, a report, a colleague."""

from revops.ui import notebook_page

notebook_page.page()
