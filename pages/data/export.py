"""The data out again: any entity, or all of them, as a file that imports again and changes nothing."""

from revops.ui import export_page

export_page.page()
