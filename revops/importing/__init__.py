"""From files to a loaded workspace: the one path that the command line, the demo and the pages share.

Layer 4: it knows reading, mapping and the workspace, and no page; metrics only in `restated` and `ahead`.
"""

from revops.importing.drafts import Draft, Origin
from revops.importing.dry_run import Forecast, dry_run
from revops.importing.keys import KeyCheck, Unmatched, accept_sure, key_checks
from revops.importing.service import (
    Tables,
    context_of,
    draft,
    import_files,
    keep_mapping,
    load,
    open_questions,
    read_profiled,
    read_tables,
    stage_all,
)

__all__ = [
    "Draft",
    "Forecast",
    "KeyCheck",
    "Origin",
    "Tables",
    "Unmatched",
    "accept_sure",
    "context_of",
    "draft",
    "dry_run",
    "import_files",
    "keep_mapping",
    "key_checks",
    "load",
    "open_questions",
    "read_profiled",
    "read_tables",
    "stage_all",
]
