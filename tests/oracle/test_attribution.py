"""Cost of a customer by channel under every attribution and lag: counted by eye, and by plain loops on the demo."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from revops.analysis import Cell, View
from revops.analysis.attribution_records import NO_CUSTOMER
from revops.analysis.core import CellResult
from revops.analysis.rows import Rows
from revops.analysis.run import default_view, run_cell
from revops.metrics.core import Period
from revops.metrics.engine import Engine
from revops.workspace import Workspace
from tests.oracle.company import table
from tests.support import workspace_of

# A: Facebook, then Google twice (the last after it had come); B: Facebook alone; C: no lead; D came in another period
LEADS = table("""
    lead_id | account_id | created_at | source
    l1      | A          | 2025-01-10 | Facebook Ads
    l2      | A          | 2025-03-01 | Google Ads
    l3      | A          | 2025-06-01 | Google Ads
    l4      | B          | 2025-02-01 | Facebook Ads
    l5      | D          | 2025-02-01 | Facebook Ads
    l6      |            | 2025-02-01 | Facebook Ads
""")
ACCOUNTS = table("""
    account_id | source
    A          | Google Ads
    B          | Google Ads
    C          | Google Ads
    D          | Facebook Ads
""")
SUBSCRIPTIONS = table("""
    subscription_id | account_id | amount | currency | interval | started_at
    s1              | A          | 100    | USD      | month    | 2025-04-15
    s2              | B          | 100    | USD      | month    | 2025-04-20
    s3              | C          | 100    | USD      | month    | 2025-05-01
    s4              | D          | 100    | USD      | month    | 2025-07-01
""")
# the quarter itself: Google 300, Facebook 90; one month earlier (March to May): Google 300, Facebook 690
SPEND = table("""
    date       | department | category | channel      | amount | currency
    2025-01-01 | marketing  | media    | Google Ads   | 40     | USD
    2025-03-15 | marketing  | media    | Facebook Ads | 600    | USD
    2025-04-15 | marketing  | media    | Google Ads   | 300    | USD
    2025-05-15 | marketing  | media    | Facebook Ads | 90     | USD
    2025-05-20 | sales      | people   |              | 5000   | USD
    2025-05-20 | success    | people   | Google Ads   | 7777   | USD
""")
VIEW = View(period=Period(dt.date(2025, 4, 1), dt.date(2025, 7, 1)), as_of=dt.date(2025, 7, 31))
GOOGLE, LINKEDIN = "paid_search", "paid_social"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    tables = {"leads": LEADS, "accounts": ACCOUNTS, "subscriptions": SUBSCRIPTIONS, "spend": SPEND}
    return Engine(workspace_of(tmp_path_factory.mktemp("attribution") / "w.duckdb", tables))


def run(engine: Engine, view: View = VIEW) -> CellResult:
    return run_cell(engine, Cell(analysis="attribution"), view)


def counted(cell: CellResult, column: str, lag: int = 0) -> dict[tuple[str, str], float]:
    rows = cell.result.frame[cell.result.frame["lag"] == lag]
    return {(m, c): v for m, c, v in zip(rows["model"], rows["channel"], rows[column], strict=True)}


def test_each_model_credits_every_customer_once(engine: Engine) -> None:
    assert counted(run(engine), "customers") == {
        ("first", GOOGLE): 1,  # C, by its own source
        ("first", LINKEDIN): 2,
        ("last", GOOGLE): 2,  # A, by the last lead before it came, and C
        ("last", LINKEDIN): 1,
        ("linear", GOOGLE): 1.5,
        ("linear", LINKEDIN): 1.5,
        ("account", GOOGLE): 3,
        ("account", LINKEDIN): 0,
    }


def behind(engine: Engine, limit: int | None = None, **pick: object) -> Rows:
    cell = run(engine)
    assert cell.analysis.behind is not None
    return cell.analysis.behind(engine, cell, pick, limit)


def test_behind_a_dot_are_the_customers_credited_to_it(engine: Engine) -> None:
    rows = behind(engine, channel=LINKEDIN, model="linear", lag=0).frame
    told = {a: (part, leads) for a, part, leads in zip(rows["account_id"], rows["part"], rows["leads"], strict=True)}
    assert told == {"A": (0.5, "l1"), "B": (1.0, "l4")}
    assert set(rows["records"]) == {"s1", "s2"}
    [alone] = behind(engine, channel=GOOGLE, model="first", lag=0).frame.to_dict("records")
    assert (alone["account_id"], alone["leads"], alone["day"].date()) == ("C", "", dt.date(2025, 5, 1))


def test_behind_a_dot_is_the_spend_of_its_lag(engine: Engine) -> None:
    now, earlier = (behind(engine, channel=LINKEDIN, model="first", lag=lag, kind="spend") for lag in (0, 1))
    assert (now.frame["paid"].tolist(), earlier.frame["paid"].tolist()) == ([90], [600, 90])
    assert earlier.sums == {"paid": 690}
    assert behind(engine, limit=1, channel=LINKEDIN, model="first", lag=1, kind="spend").total == 2


def test_a_model_that_credits_a_channel_with_nobody_says_so(engine: Engine) -> None:
    nobody = behind(engine, channel=LINKEDIN, model="account", lag=0)
    assert (nobody.total, nobody.nobody) == (0, NO_CUSTOMER)


def test_the_cost_by_model_and_lag(engine: Engine) -> None:
    cell = run(engine)
    now, earlier = counted(cell, "cac"), counted(cell, "cac", lag=1)
    assert (now["first", GOOGLE], now["first", LINKEDIN]) == (300, 45)
    assert (now["last", GOOGLE], now["last", LINKEDIN]) == (150, 90)
    assert (earlier["last", GOOGLE], earlier["last", LINKEDIN]) == (150, 690)
    assert now["account", LINKEDIN] != now["account", LINKEDIN], "it brought nobody: there is no cost of one"
    assert counted(cell, "overall")["last", GOOGLE] == pytest.approx(390 / 3)
    assert counted(cell, "overall", lag=1)["last", GOOGLE] == pytest.approx(990 / 3)
    assert set(cell.result.frame["lag"]) == {0, 1, 2, 3}


def test_a_verdict_survives_only_where_all_combinations_agree(engine: Engine) -> None:
    cell = run(engine)
    verdicts = {c["channel"]: (c["low"], c["high"], c["cost"]) for c in cell.result.facts["channels"]}
    assert verdicts[LINKEDIN] == (45, None, "depends")
    assert verdicts[GOOGLE][2] == "depends"
    assert cell.result.facts["combinations"] == 16
    assert "it depends on the choice" in cell.finding.en
    assert "зависит от выбора" in cell.finding.ru


def test_spend_that_names_no_channel_is_told_and_lags_the_spend_cannot_tell_are_left_out(engine: Engine) -> None:
    assert run(engine).result.facts["unattributed"] == 5000
    early = View(period=Period(dt.date(2025, 3, 1), dt.date(2025, 7, 1)), as_of=VIEW.as_of)
    cell = run(engine, early)
    assert cell.result.facts["lags"] == (0, 1, 2)  # spend begins on 1 January
    assert any("does not reach back" in note.en for note in cell.result.notes)


def test_the_demo_company_by_plain_loops(demo_home: Path) -> None:
    engine = Engine(Workspace.open(demo_home / "workspaces" / "demo.duckdb", create=False))
    view = default_view(engine)
    cell = run(engine, view)
    groups = dict(engine.select("SELECT value, channel FROM channel_groups")[0].itertuples(index=False, name=None))
    subs, _ = engine.select(
        "SELECT account_id, min(start_day) AS came FROM derived.subscription_mrr "
        f"WHERE start_day <= '{view.as_of}' GROUP BY 1"
    )
    deals, _ = engine.select(
        "SELECT account_id, min(closed_at)::DATE AS came FROM opportunities "
        "WHERE status = 'won' AND coalesce(type, 'new') = 'new' AND account_id IS NOT NULL GROUP BY 1"
    )
    came = {**dict(deals.itertuples(index=False, name=None)), **dict(subs.itertuples(index=False, name=None))}
    own = dict(engine.select("SELECT account_id, source FROM accounts")[0].itertuples(index=False, name=None))
    leads, _ = engine.select("SELECT account_id, created_at, lead_id, source FROM leads WHERE account_id IS NOT NULL")
    touches = defaultdict(list)
    for row in leads.itertuples():
        touches[row.account_id].append((row.created_at, row.lead_id, row.source))
    credit: dict[tuple[str, str], float] = defaultdict(float)
    for account, day in came.items():
        if not view.period.start <= day.date() < view.period.end:
            continue
        before = [groups.get(s, "") for at, _, s in sorted(touches[account]) if at.date() <= day.date()]
        fallback = groups.get(own.get(account), "") if isinstance(own.get(account), str) else ""
        credit["account", fallback] += 1
        for channel in before or [fallback]:
            credit["linear", channel] += 1 / len(before or [fallback])
        credit["first", (before or [fallback])[0]] += 1
        credit["last", (before or [fallback])[-1]] += 1
    told = counted(cell, "customers")
    assert told == {key: pytest.approx(credit.get(key, 0.0)) for key in told}
    assert len({model for model, _ in told}) == 4
    spend, _ = engine.select(
        "SELECT channel, sum(amount) AS spend FROM spend WHERE department IN ('marketing', 'sales') "
        f"AND date >= '{dt.date(2025, 9, 1)}' AND date < '{dt.date(2026, 9, 1)}' AND channel IS NOT NULL GROUP BY 1"
    )
    by_channel: dict[str, float] = defaultdict(float)
    for row in spend.itertuples():
        by_channel[groups.get(row.channel, "")] += float(row.spend)
    lagged = counted(cell, "spend", lag=2)
    assert {c: v for (m, c), v in lagged.items() if m == "first"} == {
        c: pytest.approx(by_channel[c]) for _, c in lagged if c
    }
