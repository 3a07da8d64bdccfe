"""Endings of the files that can be read. What a file is, its content says; an ending says what a person may choose.

In an archive, a file with one of HOLDS_TABLE is meant to be read; a text or an XML may as well be a
remark.
"""

from __future__ import annotations

from typing import Final

HOLDS_TABLE: Final = (
    "csv", "tsv", "tab", "xlsx", "xlsm", "xlsb", "xls", "ods", "htm", "html", "json", "jsonl", "ndjson", "parquet",
    "zip", "gz",
)  # fmt: skip
READ: Final = (*HOLDS_TABLE, "xml", "txt")
