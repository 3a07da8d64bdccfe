"""After rows are merged: references take a record's spelling, deals an outcome, stages a meaning, sources a channel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from revops.errors import BadParameter, UnknownName
from revops.workspace import Workspace
from revops.workspace.handover import in_groups
from revops.workspace.stages import Stage, in_order, propose_meaning
from tests.unit.workspace_tables import Row, everything, moment, staged, table


@pytest.fixture
def ws(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "acme.duckdb") as workspace:
        yield workspace


def deal(number: str, stage: str, **more: object) -> Row:
    return {"opportunity_id": number, "stage": stage, **more}


def event(number: str, stage: str, day: str) -> Row:
    return {"opportunity_id": number, "stage": stage, "entered_at": moment(day)}


def deals(ws: Workspace, columns: str) -> list[tuple[object, ...]]:
    return table(ws, f"SELECT {columns} FROM opportunities ORDER BY opportunity_id")


def meanings(ws: Workspace) -> dict[str, str]:
    return dict(zip(ws.stages().stage, ws.stages().meaning, strict=True))


# --- references ------------------------------------------------------------------------------------------------


def test_references_take_the_spelling_of_the_record_they_name(ws: Workspace) -> None:
    rows = [deal("1", "Demo", account_id=" ACME ", owner="ann"), deal("2", "Demo", account_id="nobody", owner=None)]
    ws.load(staged("deals.csv", rows={"opportunities": rows}))
    before = everything(ws)
    ws.load(staged("crm.csv", rows={"accounts": [{"account_id": "Acme"}], "people": [{"person": "Ann"}]}))
    assert deals(ws, "account_id, owner") == [("Acme", "Ann"), ("nobody", None)]
    ws.load(staged("crm2.csv", rows={"accounts": [{"account_id": "aCME", "parent_id": "ACME"}]}))
    assert deals(ws, "account_id") == [("aCME",), ("nobody",)]
    assert table(ws, "SELECT parent_id FROM accounts") == [("aCME",)]
    ws.undo(3)
    assert deals(ws, "account_id") == [("Acme",), ("nobody",)]
    ws.undo(2)
    assert everything(ws) == before
    assert deals(ws, "account_id") == [(" ACME ",), ("nobody",)]


# --- outcome of deals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("Closed Won", "won"),
        ("Успешно реализовано", "won"),
        ("Закрыто и не реализовано", "lost"),
        ("Engaging", "open"),
        ("Foo", "open"),
    ],
)
def test_a_missing_status_follows_the_stage(ws: Workspace, stage: str, status: str) -> None:
    ws.load(staged(rows={"opportunities": [deal("1", stage)]}))
    assert deals(ws, "status") == [(status,)]
    assert "status" in ws.filled()["opportunities"]


def test_a_given_status_stays(ws: Workspace) -> None:
    ws.load(
        staged(rows={"opportunities": [deal("1", "Closed Won", status="lost"), deal("2", "Closed Won", status=None)]})
    )
    assert deals(ws, "status") == [("lost",), ("won",)]


def test_the_close_date_of_an_open_deal_is_an_expectation(ws: Workspace) -> None:
    day = moment("2025-03-31")
    rows = [
        deal("1", "Demo", closed_at=day, expected_close_at=None),
        deal("2", "Demo", closed_at=day, expected_close_at=dt.date(2025, 1, 1)),
        deal("3", "Won", closed_at=day, expected_close_at=None),
    ]
    ws.load(staged(rows={"opportunities": rows}))
    assert deals(ws, "closed_at, expected_close_at") == [(None, day.date()), (None, dt.date(2025, 1, 1)), (day, None)]
    ws.load(staged("won.csv", rows={"opportunities": [deal("1", "Won")]}))  # the export of next month
    assert deals(ws, "status, closed_at, expected_close_at")[0] == ("won", day, None)
    ws.undo(2)
    assert deals(ws, "status, closed_at, expected_close_at")[0] == ("open", None, day.date())


def test_a_closed_deal_without_a_date_closed_when_it_entered_its_last_stage(ws: Workspace) -> None:
    rows = [
        deal("D1", "Won"),
        deal("D2", "Lost", closed_at=moment("2024-09-09")),
        deal("D3", "Won"),
        deal("D4", "Demo"),
    ]
    ws.load(staged("deals.csv", rows={"opportunities": rows}))
    before = everything(ws)
    events = [
        event("d1", "Won", "2024-02-01"), event("d1", "Demo", "2024-03-01"), event("d1", "Won", "2024-04-01"),
        event("d2", "Lost", "2024-05-05"), event("d3", "Lost", "2024-05-05"), event("d4", "Demo", "2024-05-06"),
    ]  # fmt: skip
    ws.load(staged("history.csv", rows={"stage_events": events}))
    assert deals(ws, "closed_at") == [(moment("2024-04-01"),), (moment("2024-09-09"),), (None,), (None,)]
    assert table(ws, "SELECT DISTINCT opportunity_id FROM stage_events ORDER BY 1") == [
        ("D1",),
        ("D2",),
        ("D3",),
        ("D4",),
    ]
    ws.undo(2)
    assert everything(ws) == before


def test_deals_settle_anew_when_a_person_says_what_a_stage_means(ws: Workspace) -> None:
    ws.load(staged(rows={"opportunities": [deal("1", "Tangerine", closed_at=moment("2024-01-02"))]}))
    assert deals(ws, "status, closed_at") == [("open", None)]
    ws.set_stages(ws.stages().assign(meaning="won"))
    assert deals(ws, "status, closed_at") == [("won", moment("2024-01-02"))]
    ws.load(staged("b.csv", rows={"opportunities": [deal("2", "Tangerine"), deal("3", "Demo")]}))
    assert meanings(ws) == {"Tangerine": "won", "Demo": "discovery"}
    ws.undo(1)
    ws.undo(2)
    assert meanings(ws) == {"Tangerine": "won"}  # a decision outlives the data


# --- stages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("Closed Won", "won"), ("closedlost", "lost"), ("Prospecting", "lead"), ("Engaging", "discovery"),
        ("Квалификация", "sql"), ("Успешно реализовано", "won"), ("Закрыто и не реализовано", "lost"),
        ("Proposal/Price Quote", "proposal"), ("3. Negotiation with legal", "negotiation"), ("Closed Won (EU)", "won"),
        ("Customer interview", "other"), ("Xyzzy", "other"),
    ],
)  # fmt: skip
def test_meanings_are_proposed_from_names(name: str, meaning: str) -> None:
    assert propose_meaning(name) == meaning


def test_a_stage_without_a_telling_name_is_known_by_the_status_of_its_deals(ws: Workspace) -> None:
    rows = [deal(str(i), "Alpha", status="won") for i in range(3)] + [deal("9", "Beta", status="open")]
    ws.load(staged(rows={"opportunities": rows}))
    assert meanings(ws) == {"Alpha": "won", "Beta": "other"}


def test_the_order_is_the_one_in_which_deals_pass(ws: Workspace) -> None:
    paths = {"1": ["Aa", "Bb", "Cc", "Won"], "2": ["Cc", "Lost"], "3": ["Aa", "Cc", "Won"], "4": ["Bb", "Cc", "Dd"]}
    rows = [deal(n, path[-1]) for n, path in paths.items()]
    events = [event(n, s, f"2024-0{i}-01") for n, path in paths.items() for i, s in enumerate(path, 1)]
    ws.load(staged(rows={"opportunities": rows, "stage_events": events}))
    assert ws.stages()[["stage", "position"]].to_numpy().tolist() == [
        ["Aa", 1], ["Bb", 2], ["Cc", 3], ["Dd", 4], ["Won", 5], ["Lost", 6],
    ]  # fmt: skip


def test_pipelines_have_stages_of_their_own(ws: Workspace) -> None:
    rows = [deal("1", "Demo", pipeline="EU"), deal("2", "Demo", pipeline=None), deal("3", "Proposal", pipeline="EU")]
    ws.load(staged(rows={"opportunities": rows}))
    assert ws.stages().to_numpy().tolist() == [
        ["", "Demo", 1, "discovery"],
        ["EU", "Demo", 1, "discovery"],
        ["EU", "Proposal", 2, "proposal"],
    ]


def test_a_stage_without_history_is_set_in_by_its_meaning() -> None:
    stages = [
        Stage(name="Lost", meaning="lost", before=0), Stage(name="Talks", meaning="negotiation", before=1),
        Stage(name="New", meaning="lead", before=0), Stage(name="Demo", meaning="discovery"),
        Stage(name="On hold", meaning="other"), Stage(name="Won", meaning="won"),
    ]  # fmt: skip
    assert [s.name for s in in_order(stages)] == ["New", "Demo", "Talks", "On hold", "Won", "Lost"]


def test_an_unknown_meaning_is_refused_and_changes_nothing(ws: Workspace) -> None:
    ws.load(staged(rows={"opportunities": [deal("1", "Demo")]}))
    before = ws.fingerprint
    with pytest.raises(UnknownName, match="won"):
        ws.set_stages(ws.stages().assign(meaning="wno"))
    with pytest.raises(BadParameter, match="meaning"):
        ws.set_stages(ws.stages().drop(columns="meaning"))
    assert ws.fingerprint == before


# --- channels ---------------------------------------------------------------------------------------------------------


def test_sources_map_to_channels_and_a_person_decides(ws: Workspace) -> None:
    ws.load(
        staged(
            "deals.csv",
            rows={"opportunities": [deal("1", "Demo", source="Google Ads"), deal("2", "Demo", source="Zzz")]},
        )
    )
    ws.load(
        staged(
            "leads.csv", rows={"leads": [{"lead_id": "1", "created_at": moment("2024-01-01"), "source": "Рассылка"}]}
        )
    )
    assert ws.channels().to_numpy().tolist() == [["Google Ads", "paid_search"], ["Zzz", "other"], ["Рассылка", "email"]]
    ws.set_channels(pd.DataFrame({"value": ["Zzz"], "channel": ["event"]}))
    ws.undo(2)
    assert ws.channels().to_numpy().tolist() == [["Google Ads", "paid_search"], ["Zzz", "event"]]
    with pytest.raises(UnknownName):
        ws.set_channels(pd.DataFrame({"value": ["Zzz"], "channel": ["nope"]}))


# --- as of --------------------------------------------------------------------------------------------------------

LOADED = moment("2024-07-01")


def subscription(number: str, **more: object) -> Row:
    return {"subscription_id": number, "account_id": "A", "amount": 1, "started_at": moment("2024-05-01"), **more}


def activity(number: str, day: str) -> Row:
    return {"activity_id": number, "occurred_at": moment(day)}


CREATED = moment("2024-01-05")
JUNE = moment("2024-06-01")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"opportunities": [deal("1", "Demo", created_at=CREATED, closed_at=moment("2024-12-31"))]}, "2024-01-05"),
        ({"opportunities": [deal("1", "Won", created_at=CREATED, closed_at=moment("2024-03-31"))]}, "2024-03-31"),
        # a planned end is no event; an end that came is
        ({"subscriptions": [subscription("1", status="active", ended_at=JUNE)]}, "2024-05-01"),
        ({"subscriptions": [subscription("1", status="canceled", ended_at=JUNE)]}, "2024-06-01"),
        # later than the import: it cannot have come
        ({"subscriptions": [subscription("1", status="canceled", ended_at=moment("2025-01-01"))]}, "2024-05-01"),
        # no status: every row has an end (contract terms), or some have none (the others churned)
        ({"subscriptions": [subscription("1", ended_at=JUNE)]}, "2024-05-01"),
        ({"subscriptions": [subscription("1", ended_at=JUNE), subscription("2")]}, "2024-06-01"),
        # a planned meeting
        ({"activities": [activity("1", "2024-06-30"), activity("2", "2024-07-20")]}, "2024-06-30"),
        ({"accounts": [{"account_id": "1"}]}, None),
    ],
)
def test_as_of_is_the_last_day_on_which_something_happened(
    ws: Workspace, rows: dict[str, list[Row]], expected: str | None
) -> None:
    ws.load(staged(rows=rows), loaded_at=LOADED)
    assert ws.as_of() == (dt.date.fromisoformat(expected) if expected else None)


# --- a large entity is settled on its way in ---------------------------------------------------------------------


@pytest.mark.parametrize("account", ["A1", "a1 "])  # the second is not the record's spelling: settled afterwards
def test_rows_settled_on_their_way_in_are_those_settled_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    """The same records, the same memory of what they said, and an undo of either leaves nothing."""
    rows = [
        deal("D1", "Won", account_id=account, closed_at=moment("2026-01-05")),
        deal("D2", "Demo", account_id="A2", closed_at=moment("2026-02-05")),
        deal("D3", "Lost", pipeline="P", status="open", closed_at=moment("2026-03-05")),
        deal("D4", "Demo", status="won"),
        deal("D5", "Lost", expected_close_at=dt.date(2026, 4, 5)),
        deal("D6", "Demo", closed_at=moment("2026-02-05 14:30")),  # its hour is in no date
        deal("D7", "Demo", closed_at=moment("2026-02-05"), expected_close_at=dt.date(2026, 4, 5)),
    ]
    answers = []
    for many in (1, 1000):
        monkeypatch.setattr("revops.workspace.late.MANY", many)
        with Workspace.open(tmp_path / f"{many}.duckdb") as ws:
            accounts = [{"account_id": "A1"}]
            ws.load(staged(rows={"accounts": accounts, "opportunities": rows}), loaded_at=dt.datetime(2026, 5, 1))
            kept = table(ws, "SELECT * FROM settled.opportunities ORDER BY _key")
            kept += deals(ws, "opportunity_id, _inferred")
            loaded = (everything(ws), kept, meanings(ws), deals(ws, "opportunity_id, account_id, status, closed_at"))
            ws.load(staged("b.csv", rows={"stage_events": [event("D5", "Lost", "2026-04-01")]}))
            later = deals(ws, "opportunity_id, status, closed_at, expected_close_at")
            ws.undo(1)
            answers.append((loaded, later, ws.counts()["opportunities"], table(ws, "FROM settled.opportunities")))
    assert answers[0] == answers[1]
    assert answers[0][0][3][0] == ("D1", "A1", "won", moment("2026-01-05"))
    assert answers[0][2:] == (0, [])


def test_what_was_filled_in_is_a_mark_and_what_would_be_lost_is_kept_apart(ws: Workspace) -> None:
    day = moment("2026-02-05")
    rows = [
        deal("D1", "Won", status="won", closed_at=day),
        deal("D2", "Won", closed_at=day),
        deal("D3", "Demo", status="open", closed_at=day),
        deal("D4", "Demo", closed_at=day),
        deal("D5", "Demo", closed_at=moment("2026-02-05 14:30")),
        deal("D6", "Demo", closed_at=day, expected_close_at=dt.date(2026, 4, 5)),
        deal("D7", "Demo", closed_at=day, expected_close_at=day.date()),
    ]
    ws.load(staged(rows={"opportunities": rows}))
    marks = [None, 1, 2, 3, 8, 8, 5]
    assert deals(ws, "_inferred") == [(mark,) for mark in marks]
    assert table(ws, "SELECT _key, status, closed_at FROM settled.opportunities ORDER BY _key") == [
        ("d5", None, moment("2026-02-05 14:30")),
        ("d6", None, day),
    ]
    ws.set_stages(ws.stages().assign(meaning="lost"))  # taken back, and settled anew from what the file said
    assert deals(ws, "status, closed_at, expected_close_at") == [
        ("won", day, None),
        ("lost", day, None),
        ("open", None, day.date()),
        ("lost", day, None),
        ("lost", moment("2026-02-05 14:30"), None),
        ("lost", day, dt.date(2026, 4, 5)),
        ("lost", day, day.date()),
    ]


def test_rows_are_handed_over_in_groups_of_one_size() -> None:
    batches = [pa.record_batch({"n": list(range(start, end))}) for start, end in ((0, 5), (5, 6), (6, 17), (17, 17))]
    groups = list(in_groups(batches, size=4))
    assert [g.num_rows for g in groups] == [4, 4, 4, 4, 1]
    assert [n for g in groups for n in g.column("n").to_pylist()] == list(range(17))
