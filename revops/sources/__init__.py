"""Sources that refresh themselves: places whose tables are imported again and again, by the path that files take.

Layer 4, beside `importing`. Secrets come from the environment or from what the caller looks them up in; they are never
written down. See docs/decisions/0009-databases-through-sqlalchemy.md.
"""

from revops.sources.errors import SourceError
from revops.sources.look import Look, look
from revops.sources.records import (
    FileSource,
    FolderSource,
    HttpSource,
    Place,
    S3Source,
    Source,
    SqlSource,
    place_of,
)
from revops.sources.refresh import find, refresh, save, saved
from revops.sources.schedule import Scheduler, scheduler
from revops.sources.secrets import Lookup, from_environment
from revops.sources.status import status
from revops.sources.trust import trust, trusted

__all__ = [
    "FileSource",
    "FolderSource",
    "HttpSource",
    "Look",
    "Lookup",
    "Place",
    "S3Source",
    "Scheduler",
    "Source",
    "SourceError",
    "SqlSource",
    "find",
    "from_environment",
    "look",
    "place_of",
    "refresh",
    "save",
    "saved",
    "scheduler",
    "status",
    "trust",
    "trusted",
]
