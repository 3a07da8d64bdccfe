"""The formats an export can have, and what each says of a value.

Every format says the same: amounts to the last digit, days and moments as ISO, without a zone (the model's moments
are clocks of the company's own calendar, see `model.core.FieldType`), yes and no as true and false, null as nothing.
The model holds no empty text, so nothing and an empty text cannot be taken for each other.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Format(StrEnum):
    """The value is the file's extension.

    CSV: UTF-8, comma, quotes where needed, a record a line ended by LF; `2026-03-01 10:20:00`. Formulas: see
    `revops.ingest.own_export`. XLSX: one sheet; texts are text cells and never formulas; numbers of more digits than
    Excel keeps (fifteen), and days that it does not know (before March 1900), are written as text. JSONL: a record a
    line, every column in each; numbers as JSON numbers. PARQUET: typed columns (DECIMAL(24,6), DATE, TIMESTAMP).
    """

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSONL = "jsonl"


XLSX_ROWS: Final = 1_048_576  # of a sheet, the header among them
XLSX_COLUMNS: Final = 16_384
XLSX_TEXT: Final = 32_767  # characters of a cell
