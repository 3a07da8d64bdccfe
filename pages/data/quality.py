"""Can the figures be trusted: what the loaded files can tell, and the rows that stand in the way."""

from revops.ui import quality_page

quality_page.page()
