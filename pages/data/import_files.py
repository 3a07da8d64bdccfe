"""Files in, mapping confirmed, rows loaded; and everything that was loaded before."""

from revops.ui import import_page

import_page.page()
