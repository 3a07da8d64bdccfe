"""One metric under two conventions, the accounts behind the gap, and the rules with their sources."""

from revops.ui import definitions_page

definitions_page.page()
