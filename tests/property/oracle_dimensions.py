"""What a row is broken down by, in plain Python: a value of its own, else that of the one account or person it names.

No value: "". A source is shown as the channel it belongs to.
"""

from __future__ import annotations

from tests.property.worlds import CHANNEL_OF, Row, World


def _of(world: World, entity: str, key: str, wanted: str | None, field: str) -> str | None:
    for row in world[entity]:
        if wanted is not None and row[key] == wanted:
            return row[field]
    return None


def of_account(world: World, account: str | None, dimension: str) -> str:
    """segment, region, owner, source, channel of an account."""
    field = "source" if dimension == "channel" else dimension
    value = _of(world, "accounts", "account_id", account, field) or ""
    return CHANNEL_OF.get(value, "") if dimension == "channel" else value


def of_row(world: World, row: Row, dimension: str) -> str:
    """Of a deal or a lead: its own source before its account's, its own team before its owner's."""
    match dimension:
        case "segment" | "region":
            return of_account(world, row["account_id"], dimension)
        case "source" | "channel":
            value = row["source"] or of_account(world, row["account_id"], "source")
            return CHANNEL_OF.get(value, "") if dimension == "channel" else value
        case "team" | "manager" | "role":
            return row.get(dimension) or _of(world, "people", "person", row["owner"], dimension) or ""
    return row[dimension] or ""


def of_spend(row: Row, dimension: str) -> str:
    value = row["channel" if dimension in ("source", "channel") else dimension] or ""
    return CHANNEL_OF.get(value, "") if dimension == "channel" else value
