"""A large export of deals, made in a moment."""

from __future__ import annotations

from pathlib import Path

import duckdb


def write_deals(path: Path, rows: int) -> Path:
    """A CSV of deals like any CRM writes: `rows` of them, eight columns. Returns its path."""
    with duckdb.connect() as connection:
        connection.execute(f"""
            COPY (
                SELECT 'D' || i AS "Deal ID", 'Deal ' || i AS "Deal Name",
                       ['Discovery', 'Demo', 'Closed Won', 'Closed Lost'][i % 4 + 1] AS "Deal Stage",
                       DATE '2024-01-01' + (i % 700)::INT AS "Create Date",
                       CASE WHEN i % 4 > 1 THEN DATE '2024-02-01' + (i % 700)::INT END AS "Close Date",
                       (i % 997) * 10.5 AS "Amount", 'Owner ' || (i % 20) AS "Deal Owner",
                       ['New', 'Renewal'][i % 2 + 1] AS "Deal Type"
                FROM range(1, {rows + 1}) t(i) ORDER BY i
            ) TO '{path}' (HEADER)""")
    return path
