"""Exports of known systems, loaded the way a person loads them: every example into an empty workspace of its own.

The figures are added up by hand from the examples in tests/fixtures/presets.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from revops.errors import MappingError
from revops.importing import Draft, import_files
from revops.importing.edits import filled_as
from revops.ingest import presets as folder
from revops.ingest.types import Context
from revops.metrics.core import Period, Query
from revops.metrics.engine import Engine
from revops.workspace import LoadReport, Workspace

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "presets"
EXAMPLES = sorted(p.stem for p in FIXTURES.glob("*.csv"))
TODAY = dt.date(2026, 6, 1)
ASKED = {"budget_by_month", "budget_by_month.ru", "budget_lines.ru"}  # spent, or planned?
FILLS_NOTHING = {"ga4_traffic_acquisition", "ga4_traffic_acquisition.ru"}

Loaded = tuple[Workspace, LoadReport]
Load = Callable[..., Loaded]


def answered(choice: str) -> Callable[[list[Draft]], list[Draft]]:
    """What a person who knows the sheet says: it is `choice`, "spend" or "targets"."""
    context = Context(today=TODAY)
    return lambda drafts: [d.changed(filled_as(d.raw, d.profile, context, choice)) for d in drafts]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Loads a file into an empty workspace of its own; an example that was loaded before is given as it is."""
    folder = tmp_path_factory.mktemp("loaded")
    opened: list[Workspace] = []
    examples: dict[tuple[str, str | None], Loaded] = {}

    def loaded(path: Path | str, choice: str | None = None) -> Loaded:
        if isinstance(path, str) and (path, choice) in examples:
            return examples[path, choice]
        file = FIXTURES / f"{path}.csv" if isinstance(path, str) else path
        workspace = Workspace.open(folder / f"w{len(opened)}.duckdb")
        opened.append(workspace)
        (report,) = import_files(workspace, [file], today=TODAY, edit=answered(choice) if choice else list)
        if isinstance(path, str):
            examples[path, choice] = workspace, report
        return workspace, report

    yield loaded
    for workspace in opened:
        workspace.close()


def ask(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with workspace.cursor() as cursor:
        return cursor.execute(sql).fetchall()


def figure(workspace: Workspace, metric: str, period: tuple[dt.date, dt.date]) -> Decimal:
    """The metric over a whole period, to the cent."""
    query = Query(metric=metric, periods=(Period(*period),), as_of=period[1] - dt.timedelta(days=1), where={})
    (value,) = Engine(workspace).evaluate(query).frame["value"]
    return round(Decimal(value), 2)


@pytest.mark.parametrize("name", sorted(FILLS_NOTHING))
def test_visits_are_kept_as_uploaded_and_no_figure_counts_them(name: str, load: Load) -> None:
    workspace, report = load(name)
    assert (report.rows > 0, report.entities) == (True, ())
    assert ask(workspace, "SELECT (SELECT count(*) FROM main.spend) + (SELECT count(*) FROM main.leads)") == [(0,)]


# --- the figures that an example gives ----------------------------------------------------------------

MAY = (dt.date(2026, 5, 1), dt.date(2026, 6, 1))
APRIL = (dt.date(2026, 4, 1), dt.date(2026, 5, 1))
HALF_YEAR = (dt.date(2026, 1, 1), dt.date(2026, 7, 1))

METRICS = [
    # 29 + 12 x 50 + 100; one has ended, one is on trial
    ("stripe_subscriptions", "mrr", APRIL, "729.00"),
    # cents: 3 x 29.99, a quarter of 89.97, half of 100.02, 2 x 2,400 for two years; yen have no rate
    ("stripe_subscriptions_in_cents", "mrr", MAY, "369.97"),
    # 5 x 20, 2,400 a year, 3 x 20 a quarter; one cancelled, one on trial
    ("chargebee_subscriptions", "mrr", MAY, "320.00"),
    # 4 x 15, 99 until it expires, 10 x 89.50, 30
    ("recurly_subscriptions", "mrr", MAY, "1084.00"),
    ("chartmogul_subscriptions", "mrr", MAY, "465.00"),
    ("mrr_by_month", "mrr", APRIL, "3599.00"),
    # no totals row, one line without clicks that cost nothing
    ("google_ads_campaigns", "spend", MAY, "1173.80"),
    ("meta_ads", "spend", MAY, "132.69"),
    ("linkedin_ads", "spend", MAY, "374.55"),
    # marketing and sales, without customer success and without the sheet's total
    ("spend_by_month", "spend", HALF_YEAR, "198900.25"),
    ("budget_lines", "spend", HALF_YEAR, "25694.50"),
    ("hubspot_deals", "won_revenue", HALF_YEAR, "12000.00"),
    ("hubspot_deals", "win_rate", HALF_YEAR, "0.50"),
    ("salesforce_opportunities", "won_revenue", HALF_YEAR, "25000.00"),
    ("salesforce_opportunities", "win_rate", HALF_YEAR, "0.50"),
    ("pipedrive_deals", "win_rate", HALF_YEAR, "0.50"),
    ("zoho_deals", "won_revenue", HALF_YEAR, "12000.00"),
    ("kommo_leads", "won_revenue", HALF_YEAR, "12500.00"),
    ("kommo_leads.pt", "win_rate", HALF_YEAR, "0.50"),
    ("amocrm_deals.ru", "win_rate", HALF_YEAR, "0.50"),
]


CHANNELS = """
    SELECT CAST(sum(s.amount) AS DOUBLE), min(s.currency), list(DISTINCT g.channel ORDER BY g.channel)
    FROM main.spend s LEFT JOIN main.channel_groups g ON g.value = s.channel
"""
FUNNEL = "SELECT stage, count(DISTINCT opportunity_id) FROM main.stage_events GROUP BY stage ORDER BY 2 DESC, 1"
FACTS: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    ("hubspot_deals", FUNNEL, [("Qualified", 5), ("Demo", 3), ("Closed Won", 1)]),
    (
        "salesforce_opportunity_history",
        FUNNEL,
        [
            ("Closed Lost", 1),
            ("Closed Won", 1),
            ("Negotiation/Review", 1),
            ("Proposal/Price Quote", 1),
            ("Prospecting", 1),
        ],
    ),
    (
        "salesforce_opportunity_field_history",
        FUNNEL,
        [("Closed Lost", 1), ("Closed Won", 1), ("Proposal/Price Quote", 1)],
    ),
    ("hubspot_contacts", "SELECT count(*), count(mql_at), count(sql_at) FROM main.leads", [(5, 3, 1)]),
    # neither the totals row nor the line under the report is a deal
    (
        "salesforce_opportunities",
        "SELECT count(*), CAST(sum(amount) AS DOUBLE) FROM main.opportunities",
        [(5, 111750.5)],
    ),
    # a draft and a void invoice are no revenue
    ("stripe_invoices", "SELECT count(*), CAST(sum(amount) AS DOUBLE) FROM main.invoices", [(3, 879.5)]),
    (
        "stripe_subscriptions_in_cents",
        "SELECT CAST(amount AS DOUBLE), interval FROM main.subscriptions WHERE currency = 'JPY'",
        [(4500.0, "month")],
    ),
    ("google_ads_campaigns", CHANNELS, [(1173.8, "USD", ["other", "paid_search"])]),
    ("google_ads_campaigns.ru", CHANNELS, [(11738.0, "RUB", ["other", "paid_search"])]),
    ("meta_ads", CHANNELS, [(132.69, "USD", ["paid_social"])]),
    ("linkedin_ads", CHANNELS, [(374.55, "USD", ["paid_social"])]),
    ("yandex_direct", CHANNELS, [(1768.7, "RUB", ["paid_search"])]),
    ("zendesk_tickets", "SELECT CAST(avg(csat) AS DOUBLE), count(csat), count(*) FROM main.tickets", [(3.0, 2, 5)]),
]


@pytest.mark.parametrize("name", [e for e in EXAMPLES if e not in FILLS_NOTHING])
def test_every_row_of_an_example_is_loaded_and_gives_its_figures(name: str, load: Load) -> None:
    workspace, report = load(name, "targets" if name in ASKED else None)
    assert report.accepted > 0
    assert report.rejected == 0
    for metric, period, expected in (row[1:] for row in METRICS if row[0] == name):
        assert figure(workspace, metric, period) == Decimal(expected), metric
    for sql, facts in (row[1:] for row in FACTS if row[0] == name):
        assert ask(workspace, sql) == facts


def test_every_figure_is_of_an_example() -> None:
    assert {row[0] for row in (*METRICS, *FACTS)} <= set(EXAMPLES)


def test_a_price_for_an_unusual_period_is_rejected_rather_than_guessed(tmp_path: Path, load: Load) -> None:
    path = tmp_path / "stripe.csv"
    columns = (
        "id,customer_id,status,plan_amount,plan_currency,plan_interval,plan_interval_count,quantity,created,trial_end"
    )
    rows = ("s1,c1,active,1000,usd,month,1,1,2026-01-05,", "s2,c2,active,1000,usd,month,5,1,2026-01-20,")
    path.write_text("\n".join((columns, *rows)), encoding="utf-8")
    workspace, report = load(path)
    assert report.rejected == 1
    assert ask(workspace, "SELECT subscription_id, CAST(amount AS DOUBLE) FROM main.subscriptions") == [("s1", 10.0)]


# --- spent, or planned --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_budget_is_not_loaded_before_somebody_says_what_it_is(name: str, load: Load) -> None:
    with pytest.raises(MappingError) as caught:
        load(name)
    assert "what was spent, or a plan?" in caught.value.message.en


def test_a_plan_becomes_targets_and_nothing_is_spent(load: Load) -> None:
    workspace, _ = load("budget_by_month", "targets")
    assert ask(workspace, "SELECT count(*) FROM main.spend") == [(0,)]
    assert ask(workspace, "SELECT metric, period, CAST(value AS DOUBLE), segment FROM main.targets ORDER BY 2, 4") == [
        ("spend", "2026-01", 12000.0, "Marketing / Advertising / Search ads"),
        ("spend", "2026-01", 400.0, "Marketing / Software / Mail tool"),
        ("spend", "2026-01", 1500.0, "Sales / Travel"),
        ("spend", "2026-02", 13000.0, "Marketing / Advertising / Search ads"),
        ("spend", "2026-02", 400.0, "Marketing / Software / Mail tool"),
        ("spend", "2026-03", 14000.5, "Marketing / Advertising / Search ads"),
        ("spend", "2026-03", 400.0, "Marketing / Software / Mail tool"),
        ("spend", "2026-03", 2000.0, "Sales / Travel"),
    ]


def test_what_was_spent_becomes_spending_and_no_target(load: Load) -> None:
    workspace, _ = load("budget_by_month", "spend")
    assert ask(workspace, "SELECT count(*) FROM main.targets") == [(0,)]
    assert ask(workspace, "SELECT CAST(sum(amount) AS DOUBLE) FROM main.spend") == [(43700.5,)]


def test_plan_and_fact_side_by_side_need_no_question(load: Load) -> None:
    workspace, _ = load("budget_lines")
    assert ask(workspace, "SELECT CAST(sum(value) AS DOUBLE) FROM main.targets") == [(26900.0,)]
    assert ask(workspace, "SELECT CAST(sum(amount) AS DOUBLE) FROM main.spend") == [(25694.5,)]


@pytest.mark.parametrize("name", ["Marketing budget 2026", "план расходов"])
def test_a_file_called_a_plan_is_asked_about_whatever_its_columns(name: str, tmp_path: Path, load: Load) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_text("Posting date,Platform,Net spend\n2026-01-15,Bing,100\n2026-02-15,Bing,120\n", encoding="utf-8")
    with pytest.raises(MappingError, match="spent, or a plan"):
        load(path)
    workspace, _ = load(path, "spend")
    assert ask(workspace, "SELECT CAST(sum(amount) AS DOUBLE) FROM main.spend") == [(220.0,)]


# --- reports by week and by month, money in the header --------------------------------------------------

REPORTS = [
    (
        "google",
        "Month,Campaign,Campaign type,Campaign status,Clicks,Impr.,Cost (EUR)\n"
        "2026-04-01,Brand,Search,Enabled,10,100,12.50\n2026-05-01,Brand,Search,Enabled,12,110,13.25\n",
        [("EUR", "2026-04-01", 12.5), ("EUR", "2026-05-01", 13.25)],
    ),
    (
        "google",
        'Неделя,Кампания,Тип кампании,Статус кампании,Kлики,Показы,"Расходы, KZT"\n'
        "2026-05-04,Бренд,Поисковая сеть,Включено,10,100,1250\n2026-05-11,Бренд,Поисковая сеть,Включено,12,110,1325\n",
        [("KZT", "2026-05-04", 1250.0), ("KZT", "2026-05-11", 1325.0)],
    ),
    (
        "meta",
        "Campaign name,Month,Amount spent (GBP),Impressions,Reach,Reporting starts,Reporting ends\n"
        "Spring,2026-04-01 - 2026-04-30,20.10,100,90,2026-04-01,2026-04-30\n"
        "Spring,2026-05-01 - 2026-05-31,30.20,120,95,2026-05-01,2026-05-31\n",
        [("GBP", "2026-04-01", 20.1), ("GBP", "2026-05-01", 30.2)],
    ),
    (
        "meta",
        "Название кампании,Дата начала отчетности,Дата окончания отчетности,Сумма затрат (USD),Показы,Результаты\n"
        "Весна,2026-05-04,2026-05-10,20.10,100,1\nВесна,2026-05-11,2026-05-17,30.20,120,2\n",
        [("USD", "2026-05-04", 20.1), ("USD", "2026-05-11", 30.2)],
    ),
    (
        "linkedin",
        "Start Date (in UTC),Account Name,Campaign Name,Campaign Type,Campaign Objective,Total Spent (CHF),Clicks\n"
        "5/1/2026,Falcon,Talks,Sponsored Update,Leads,40.10,9\n5/13/2026,Falcon,Talks,Sponsored Update,Leads,41.20,7\n",
        [("CHF", "2026-05-01", 40.1), ("CHF", "2026-05-13", 41.2)],
    ),
    (
        "direct",
        "Дата;Кампания;Показы;Клики;CTR (%);Расход всего (руб.);Ср. цена клика (руб.)\n"
        "13.05.2026;Бренд;100;10;10,00;500,25;50,03\n14.05.2026;Бренд;110;11;10,00;550,00;50,00\n",
        [("RUB", "2026-05-13", 500.25), ("RUB", "2026-05-14", 550.0)],
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), REPORTS, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(REPORTS)])
def test_a_report_says_its_currency_in_the_header_and_its_time_by_row(
    name: str, text: str, expected: list[tuple[str, str, float]], tmp_path: Path, load: Load
) -> None:
    path = tmp_path / f"{name} report.csv"
    path.write_text(text, encoding="utf-8")
    workspace, report = load(path)
    assert report.rejected == 0
    sql = "SELECT currency, CAST(date AS VARCHAR), CAST(amount AS DOUBLE) FROM main.spend ORDER BY date"
    assert ask(workspace, sql) == expected
    group = {"google": "paid_search", "direct": "paid_search"}.get(name, "paid_social")
    assert ask(workspace, "SELECT DISTINCT channel FROM main.channel_groups") == [(group,)]


# --- one more system is one more file --------------------------------------------------------------------

ACME = """
system = "Acme CRM"
object = "deals"
label = { en = "Acme CRM deals export", ru = "выгрузка сделок Acme CRM" }

[recognise]
every = ["Deal code", "Phase", "Opened", "Worth"]

[[fill]]
entity = "opportunities"

[fill.fields]
opportunity_id = "Deal code"
stage = "Phase"
created_at = "Opened"
closed_at = "Signed"
amount = "Worth"
status = { column = "Phase", values = { "Ink is dry" = "won", "On the table" = "open" } }
"""


def test_another_system_is_one_file_and_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Load) -> None:
    own = tmp_path / "presets"
    own.mkdir()
    for path in Path(str(folder.__path__[0])).glob("*.toml"):
        shutil.copy(path, own)
    (own / "acme_deals.toml").write_text(ACME, encoding="utf-8")
    real = resources.files
    monkeypatch.setattr(resources, "files", lambda name: own if name == folder.__name__ else real(name))
    folder.presets.cache_clear()
    try:
        export = tmp_path / "deals.csv"
        export.write_text(
            "Deal code,Phase,Opened,Signed,Worth\n"
            "D1,Ink is dry,2026-01-05,2026-02-20,100.50\nD2,On the table,2026-03-01,,70\n",
            encoding="utf-8",
        )
        workspace, report = load(export)
        assert (report.accepted, report.rejected) == (2, 0)
        assert ask(workspace, "SELECT opportunity_id, status FROM main.opportunities ORDER BY 1") == [
            ("D1", "won"),
            ("D2", "open"),
        ]
    finally:
        monkeypatch.undo()
        folder.presets.cache_clear()
