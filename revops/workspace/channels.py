"""Which channel each source named in the data belongs to: proposed by name, decided by a person.

main.channel_groups holds one row a spelling; the spelling itself stays in the record.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from revops.errors import unknown
from revops.model import CHANNEL
from revops.text import Text
from revops.workspace import external

SOURCES = (("accounts", "source"), ("leads", "source"), ("opportunities", "source"), ("spend", "channel"))


def refresh(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Writes main.channel_groups anew for every value in the data. True: it changed."""
    elsewhere = external.read(cursor)
    chosen = dict(cursor.execute("SELECT value, channel FROM log.channel_choices").fetchall())
    values = " UNION ".join(f"SELECT {field} FROM main.{entity} WHERE {field} IS NOT NULL" for entity, field in SOURCES)
    spelled = [*(elsewhere.sources if elsewhere else ()), *(value for (value,) in cursor.execute(values).fetchall())]
    found = {value: CHANNEL.match(value) or "other" for value in spelled}
    rows = sorted({**found, **chosen}.items())
    old = cursor.execute("SELECT value, channel FROM main.channel_groups").fetchall()
    if sorted(old) == rows:
        return False
    cursor.execute("DELETE FROM main.channel_groups")
    if rows:
        pairs = {"values": [r[0] for r in rows], "channels": [r[1] for r in rows]}
        cursor.execute("INSERT INTO main.channel_groups SELECT unnest($values), unnest($channels)", pairs)
    return True


def choose(cursor: duckdb.DuckDBPyConnection, channels: pd.DataFrame) -> None:
    """Keeps a person's decisions: columns value, channel. Raises UnknownName on a channel we do not have."""
    known = {t.key for t in CHANNEL.terms}
    for row in channels.itertuples():
        channel = str(row.channel)
        if channel not in known:
            raise unknown(Text("channel", "канал"), channel, known)
        cursor.execute("DELETE FROM log.channel_choices WHERE value = ?", [str(row.value)])
        cursor.execute("INSERT INTO log.channel_choices VALUES (?, ?)", [str(row.value), channel])
