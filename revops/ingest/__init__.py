"""From a file to typed, checked rows: read -> profile -> suggest -> (edit) -> stage. No step touches a workspace."""

from __future__ import annotations

from revops.ingest.edit import (
    MappingRow,
    as_rows,
    only_entity,
    parse_map_option,
    with_column,
    with_date_format,
    with_kept,
    with_key_from,
    without_entity,
)
from revops.ingest.mapping_json import from_json, to_json
from revops.ingest.parse import preview, stage
from revops.ingest.profile import profile_table
from revops.ingest.read import read_file, source_file
from revops.ingest.suggest import suggest, suggest_all, suggest_entity

__all__ = [
    "MappingRow",
    "as_rows",
    "from_json",
    "only_entity",
    "parse_map_option",
    "preview",
    "profile_table",
    "read_file",
    "source_file",
    "stage",
    "suggest",
    "suggest_all",
    "suggest_entity",
    "to_json",
    "with_column",
    "with_date_format",
    "with_kept",
    "with_key_from",
    "without_entity",
]
