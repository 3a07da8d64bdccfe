"""From files to a loaded workspace: the one path that the command line, the demo and the pages share.

Layer 4: it knows reading, mapping and the workspace, and neither metrics nor pages.
"""

from revops.importing.service import (
    Draft,
    Origin,
    Tables,
    context_of,
    draft,
    import_files,
    keep_mapping,
    load,
    open_questions,
    read_tables,
    stage_all,
)

__all__ = [
    "Draft",
    "Origin",
    "Tables",
    "context_of",
    "draft",
    "import_files",
    "keep_mapping",
    "load",
    "open_questions",
    "read_tables",
    "stage_all",
]
