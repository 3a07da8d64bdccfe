"""The demo company's exports: written the same every time, shaped as their systems write them, true as told."""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from scipy.stats import fisher_exact, mannwhitneyu

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data"
EXPORTS = SAMPLE / "exports"
sys.path.insert(0, str(SAMPLE))

from demo.company import simulate  # noqa: E402
from demo.exports import write_all  # noqa: E402
from demo.files import Files  # noqa: E402
from demo.truths import count_truths  # noqa: E402

NAMES = sorted(
    "hubspot_companies.csv hubspot_contacts.csv hubspot_deals.csv stripe_subscriptions.csv google_ads_campaigns.csv "
    "spend_ledger.csv support_tickets.xlsx targets.xlsx crm_sdelki_ru.csv fx_rates.csv team.csv activities.csv".split()
)
EARLIER = "earlier/hubspot_deals_2026-09-30.csv"
REVOPS = pd.Timestamp("2025-11-01")


@pytest.fixture(scope="module")
def files() -> Files:
    return Files(EXPORTS)


@pytest.fixture(scope="module")
def truths() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SAMPLE / "truths.json").read_text(encoding="utf-8"))
    return found


def rows_of(name: str, **options: Any) -> list[dict[str, str]]:
    """A CSV export as the standard library reads it."""
    encoding = options.pop("encoding", "utf-8")
    with (EXPORTS / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, **options))


# --- the same on every run


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    write_all(simulate(), first)
    write_all(simulate(), second)
    return first, second


@pytest.mark.parametrize("name", [*NAMES, EARLIER])
def test_two_runs_write_the_same_bytes(written_twice: tuple[Path, Path], name: str) -> None:
    first, second = written_twice
    assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize("name", [*NAMES, EARLIER])
def test_a_run_writes_the_exports_that_are_kept(written_twice: tuple[Path, Path], name: str) -> None:
    fresh, kept = written_twice[0] / name, EXPORTS / name
    if name.endswith(".csv"):
        assert fresh.read_bytes() == kept.read_bytes()
    else:  # inside the workbook: how hard a zip library packs may differ between machines
        assert _parts(fresh) == _parts(kept)


def _parts(path: Path) -> dict[str, tuple[Any, bytes]]:
    with zipfile.ZipFile(path) as book:
        return {part.filename: (part.date_time, book.read(part)) for part in book.infolist()}


def test_the_exports_are_the_twelve_files_and_an_earlier_one_and_small() -> None:
    files = {p.relative_to(EXPORTS).as_posix(): p.stat().st_size for p in EXPORTS.rglob("*") if p.is_file()}
    assert sorted(files) == sorted([*NAMES, EARLIER])
    assert sum(files.values()) < 4.5 * 1024 * 1024


def test_the_written_truths_are_what_the_files_say(truths: dict[str, Any]) -> None:
    assert json.loads(json.dumps(count_truths(EXPORTS))) == truths


# --- shaped as the systems write them


@pytest.mark.parametrize("name", ["hubspot_companies.csv", "hubspot_contacts.csv", "hubspot_deals.csv"])
def test_hubspot_quotes_everything_and_writes_dates_to_the_minute(name: str) -> None:
    text = (EXPORTS / name).read_bytes().decode("utf-8")
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    for row in rows_of(name):
        datetime.strptime(row["Create Date"], "%Y-%m-%d %H:%M")


def test_hubspot_deals_have_a_date_column_for_each_stage() -> None:
    header = list(rows_of("hubspot_deals.csv")[0])
    stages = ["Discovery", "Qualified", "Demo", "Proposal", "Negotiation", "Closed Won", "Closed Lost"]
    assert header[-7:] == [f'Date entered "{stage} (Sales Pipeline)"' for stage in stages]


def test_the_russian_export_is_cp1251_with_semicolons_and_decimal_commas() -> None:
    with pytest.raises(UnicodeDecodeError):
        (EXPORTS / "crm_sdelki_ru.csv").read_bytes().decode("utf-8")
    rows = rows_of("crm_sdelki_ru.csv", encoding="cp1251", delimiter=";")
    assert list(rows[0])[:7] == [
        "ID сделки",
        "Название сделки",
        "Компания",
        "Ответственный",
        "Воронка",
        "Этап сделки",
        "Бюджет",
    ]
    assert all(re.fullmatch(r"\d{1,3}( \d{3})*,\d\d", row["Бюджет"]) for row in rows)
    assert any(re.fullmatch(r"\d \d{3} \d{3},\d\d", row["Бюджет"]) for row in rows)
    assert all(re.fullmatch(r"\d\d\.\d\d\.20\d\d", row["Дата создания"]) for row in rows)
    assert {row["Валюта"] for row in rows} == {"RUB"}


def test_google_ads_has_two_title_lines_and_total_rows_that_add_up() -> None:
    with (EXPORTS / "google_ads_campaigns.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["Campaign report"]
    assert lines[1] == ["November 1, 2023 - October 31, 2026"]
    assert lines[2] == ["Day", "Campaign", "Campaign type", "Currency code", "Clicks", "Impr.", "Cost", "Conversions"]
    days = [line for line in lines[3:] if not line[0].startswith("Total: ")]
    totals = lines[3 + len(days) :]
    assert [line[0] for line in totals] == [
        f"Total: {g}" for g in ("Campaigns", "Display", "Performance Max", "Search")
    ]
    assert sum(_number(line[4]) for line in days) == _number(totals[0][4])
    assert sum(_number(line[6]) for line in days) == pytest.approx(_number(totals[0][6]), abs=0.005)
    assert any("," in line[5] for line in days)
    assert any(" --" in line for line in days)


def _number(text: str) -> float:
    return 0.0 if text == " --" else float(text.replace(",", ""))


def test_the_tickets_sheet_has_a_merged_title_real_dates_and_a_read_me() -> None:
    book = openpyxl.load_workbook(EXPORTS / "support_tickets.xlsx")
    assert book.sheetnames == ["Tickets", "Read me"]
    sheet = book["Tickets"]
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A1:I1"]
    assert [c.value for c in sheet[2]][:4] == ["Ticket ID", "Company ID", "Opened", "First Response"]
    assert isinstance(sheet["C3"].value, datetime)


def test_stripe_writes_lower_case_currency_and_plain_decimals() -> None:
    rows = rows_of("stripe_subscriptions.csv")
    assert {row["Currency"] for row in rows} == {"usd"}
    assert all(re.fullmatch(r"\d+\.\d\d", row["Amount"]) for row in rows)
    assert all(row["id"].startswith("sub_") and row["Customer ID"].startswith("cus_") for row in rows)
    assert {row["Interval"] for row in rows} == {"month", "year"}
    assert "100%" in {row["Discount"] for row in rows}


def test_every_web_address_is_an_example() -> None:
    assert all(row["Company Domain Name"].endswith(".example") for row in rows_of("hubspot_companies.csv"))
    assert all(row["Email"].endswith(".example") for row in rows_of("hubspot_contacts.csv"))
    assert all(row["Customer Email"].endswith(".example") for row in rows_of("stripe_subscriptions.csv"))


# --- consistent with one another


def test_keys_are_unique_and_every_link_leads_somewhere(files: Files) -> None:
    companies, deals = set(files.companies["Record ID"]), set(files.deals["Record ID"])
    for frame, key in (
        (files.companies, "Record ID"),
        (files.contacts, "Record ID"),
        (files.contacts, "Email"),
        (files.deals, "Record ID"),
        (files.subscriptions, "id"),
        (files.tickets, "Ticket ID"),
        (files.activities, "Activity ID"),
        (files.russian, "ID сделки"),
        (files.team, "Person"),
    ):
        assert frame[key].is_unique, key
    assert set(files.deals["Associated Company ID"]) <= companies
    assert set(files.contacts["Associated Company ID"].dropna()) <= companies
    assert set(files.contacts["Associated Deal ID"].dropna()) <= deals
    assert set(files.subscriptions["company"]) <= companies
    assert set(files.tickets["Company ID"]) <= companies
    assert set(files.activities["Deal ID"].dropna()) <= deals


def test_owners_are_people_of_the_team_who_worked_here_when_the_deal_was_created(files: Files) -> None:
    deals = files.deals.merge(files.team, left_on="Deal owner", right_on="Person", how="left", validate="m:1")
    assert (deals["Start Date"] <= deals["Create Date"].dt.strftime("%Y-%m-%d")).all()
    left = deals["End Date"].notna() & (deals["Create Date"] >= "2023-11-01")
    assert (deals["Create Date"][left].dt.strftime("%Y-%m-%d") < deals["End Date"][left]).all()
    assert set(files.russian["Ответственный"]) <= set(files.team["Person"])


def test_deals_pass_their_stages_forward_from_creation_to_close(files: Files) -> None:
    columns = [c for c in files.deals if str(c).startswith("Date entered")]
    for _, deal in files.deals.iterrows():
        entered = [pd.Timestamp(v) for v in deal[columns] if isinstance(v, str)]
        assert entered == sorted(entered)
        assert entered[0] == deal["Create Date"]
        if str(deal["Deal Stage"]).startswith("Closed"):
            assert entered[-1] == deal["Close Date"]


def test_leads_move_forward_in_time(files: Files) -> None:
    leads = files.contacts
    mql, sql = leads["Became a Marketing Qualified Lead Date"], leads["Became a Sales Qualified Lead Date"]
    assert (mql.dropna() >= leads["Create Date"][mql.notna()]).all()
    assert mql[sql.notna()].notna().all()
    assert (sql.dropna() >= mql[sql.notna()]).all()


def test_each_won_new_customer_is_billed_within_a_month_of_signing(files: Files) -> None:
    won = files.deals[(files.deals["Deal Stage"] == "Closed Won") & (files.deals["Deal Type"] == "New Business")]
    first = files.subscriptions.groupby("company")["Start Date (UTC)"].min()
    wait = won["Associated Company ID"].map(first) - won["Close Date"]
    assert won["Associated Company ID"].is_unique
    assert wait.between(pd.Timedelta(0), pd.Timedelta(days=31)).all()


def test_nothing_happened_after_the_last_day(files: Files) -> None:
    end = pd.Timestamp("2026-11-01")
    closed = files.deals[files.deals["Deal Stage"].str.startswith("Closed")]
    for moments in (
        files.deals["Create Date"],
        closed["Close Date"],
        files.contacts["Create Date"],
        files.subscriptions["Start Date (UTC)"],
        files.subscriptions["Ended At (UTC)"],
        files.tickets["Resolved"],
        files.activities["Date"],
        files.ads["Day"],
    ):
        assert moments.max() < end


def test_google_ads_is_not_in_the_ledger_too(files: Files) -> None:
    named = files.spend["Channel"].fillna("") + files.spend["Campaign"].fillna("")
    assert not named.str.contains("Google|Search -|PMax|Display", regex=True).any()


# --- the same deals a month before


@pytest.fixture(scope="module")
def both(files: Files) -> pd.DataFrame:
    """Deals that are in both exports: the earlier one's columns, and the newer one's with " now"."""
    earlier = pd.read_csv(EXPORTS / EARLIER, parse_dates=["Create Date", "Close Date"])
    found = earlier.merge(files.deals.add_suffix(" now"), left_on="Record ID", right_on="Record ID now")
    assert len(found) == len(earlier)
    return found.assign(open=~found["Deal Stage"].str.startswith("Closed"))


def test_the_earlier_export_has_the_deals_created_by_its_day_and_nothing_that_came_later(
    both: pd.DataFrame, files: Files
) -> None:
    day = pd.Timestamp("2026-10-01")
    assert len(both) == (files.deals["Create Date"] < day).sum()
    assert (both["Close Date"][~both["open"]] < day).all()
    assert (both["Create Date"] == both["Create Date now"]).all()


def test_in_a_month_deals_move_on_close_and_change_their_amounts_and_dates(both: pd.DataFrame) -> None:
    then = both[both["open"]]
    still = then[~then["Deal Stage now"].str.startswith("Closed")]
    assert (then["Deal Stage now"].isin(["Closed Won", "Closed Lost"])).sum() > 40
    assert (still["Deal Stage"] != still["Deal Stage now"]).sum() > 20
    assert (still["Amount"] < still["Amount now"]).sum() > 5
    assert (still["Amount"] > still["Amount now"]).sum() > 4
    assert (still["Close Date"] < still["Close Date now"]).sum() > 15  # pushed out
    assert (still["Close Date"] > still["Close Date now"]).sum() > 4  # pulled in


def test_what_was_over_by_then_is_as_it_was_but_for_two_corrected_amounts(both: pd.DataFrame) -> None:
    over = both[~both["open"]]
    other = over[over["Amount"] != over["Amount now"]]
    assert len(other) == 2
    assert set(other["Deal Stage"]) == {"Closed Won"}
    assert other["Close Date"].dt.strftime("%Y-%m").unique().tolist() == ["2026-09"]
    for column in ("Deal Stage", "Close Date", "Deal owner"):
        assert (over[column] == over[f"{column} now"]).all(), column


def test_two_deals_of_the_last_days_were_entered_as_won_only_later(both: pd.DataFrame) -> None:
    closed_since = both["open"] & both["Deal Stage now"].str.startswith("Closed")
    late = both[closed_since & (both["Close Date now"] < "2026-10-01")]
    assert late["Deal Stage now"].tolist() == ["Closed Won", "Closed Won"]


# --- the totals, counted once more by hand


def test_mrr_on_the_last_day_counted_row_by_row(truths: dict[str, Any]) -> None:
    day, total, accounts = date(2026, 10, 31), 0.0, set()
    for row in rows_of("stripe_subscriptions.csv"):
        start, ended, trial = (_day(row[c]) for c in ("Start Date (UTC)", "Ended At (UTC)", "Trial End (UTC)"))
        if start is None or start > day or (ended and ended <= day) or (trial and trial > day):
            continue
        off = float(row["Discount"].rstrip("%") or 0) / 100
        months = {"month": 1, "year": 12}[row["Interval"]]
        total += float(row["Amount"]) * int(row["Quantity"]) * (1 - off) / months
        accounts.add(row["company_id (metadata)"])
    recurring = truths["totals"]["recurring"]
    assert total == pytest.approx(recurring["mrr_at_end"], abs=0.01)
    assert len(accounts) == recurring["accounts_at_end"]
    assert 450_000 < total < 600_000


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").date() if text else None


def test_mrr_movements_explain_every_month_to_the_cent(truths: dict[str, Any]) -> None:
    recurring = truths["totals"]["recurring"]
    ends = recurring["mrr_by_month_end"]
    for before, month in zip(list(ends), list(ends)[1:], strict=False):
        m = recurring["movements_by_month"][month]
        change = m["new"] + m["reactivation"] + m["expansion"] - m["contraction"] - m["churn"]
        assert ends[before] + change == pytest.approx(ends[month], abs=0.04)  # seven figures, each rounded


def test_the_company_is_plausible(truths: dict[str, Any]) -> None:
    totals = truths["totals"]
    assert 0.25 < totals["deals"]["win_rate"] < 0.35
    assert 0.01 < totals["recurring"]["mean_monthly_logo_churn"] < 0.025
    assert 2 < totals["year_to_2026_10"]["ltv_to_cac_at_70_percent_margin"] < 6
    assert totals["recurring"]["mrr_by_month_end"]["2026-10"] > 2 * totals["recurring"]["mrr_by_month_end"]["2023-10"]


# --- the planted truths, strong enough to be found


def days_to_win(files: Files) -> tuple[pd.Series, pd.Series]:
    """Cycle days of won new-business deals created before and since the programme."""
    won = files.deals[(files.deals["Deal Stage"] == "Closed Won") & (files.deals["Deal Type"] == "New Business")]
    days = (won["Close Date"] - won["Create Date"]).dt.total_seconds() / 86400
    return days[won["Create Date"] < REVOPS], days[won["Create Date"] >= REVOPS]


def test_revops_shortens_the_sales_cycle_by_about_a_third(files: Files, truths: dict[str, Any]) -> None:
    before, after = days_to_win(files)
    assert 0.6 < after.median() / before.median() < 0.8
    assert mannwhitneyu(before, after, alternative="greater").pvalue < 0.001
    assert 0.6 < truths["effects"]["revops_sales_cycle"]["ratio"] < 0.8


def test_the_shorter_cycle_is_not_only_that_slow_deals_are_still_open(files: Files) -> None:
    """Deals created early enough to have had 150 days show it too."""
    won = files.deals[(files.deals["Deal Stage"] == "Closed Won") & (files.deals["Deal Type"] == "New Business")]
    days = (won["Close Date"] - won["Create Date"]).dt.total_seconds() / 86400
    mature = won["Create Date"] < "2026-06-01"
    since = won["Create Date"] >= REVOPS
    assert days[mature & since].median() < 0.85 * days[mature & ~since].median()


def test_revops_shortens_the_hand_off_from_about_six_days_to_two(truths: dict[str, Any]) -> None:
    effect = truths["effects"]["revops_handoff"]
    assert effect["before"] == pytest.approx(6, abs=0.6)
    assert effect["after"] == pytest.approx(2, abs=0.3)


def test_revops_answers_leads_faster(truths: dict[str, Any]) -> None:
    effect = truths["effects"]["revops_first_response"]
    assert effect["before"] > 15 > 5 > effect["after"]


def test_revops_wins_more_often(files: Files) -> None:
    closed = files.deals[
        files.deals["Deal Stage"].str.startswith("Closed") & (files.deals["Deal Type"] == "New Business")
    ]
    table = pd.crosstab(closed["Create Date"] >= REVOPS, closed["Deal Stage"] == "Closed Won")
    assert table.loc[True, True] / table.loc[True].sum() > table.loc[False, True] / table.loc[False].sum()
    assert fisher_exact(table).pvalue < 0.01


def test_customers_from_paid_social_leave_about_three_times_as_fast(truths: dict[str, Any]) -> None:
    effect = truths["effects"]["paid_social_churn"]
    assert 2.4 < effect["ratio"] < 3.9
    assert effect["customers"] > 50


def test_the_starter_plan_shrinks_from_2025_while_every_other_grows(truths: dict[str, Any]) -> None:
    effect = truths["effects"]["starter_shrinks"]
    assert effect["peak_month"].startswith("2025-")
    peak, end = effect["mrr_by_plan_at_peak"], effect["mrr_by_plan_at_end"]
    assert end["Starter"] < 0.7 * peak["Starter"]
    assert all(end[plan] > 1.2 * peak[plan] for plan in peak if plan != "Starter")


def test_enterprise_expands(truths: dict[str, Any]) -> None:
    nrr = truths["effects"]["enterprise_expands"]["nrr_12_months"]
    assert nrr["Enterprise"] > 1.10
    assert nrr["Enterprise"] > max(nrr["SMB"], nrr["Mid-Market"])


def test_the_rival_takes_more_deals_from_april_2026(files: Files) -> None:
    lost = files.deals[files.deals["Deal Stage"] == "Closed Lost"]
    table = pd.crosstab(lost["Close Date"] >= "2026-04-01", lost["Closed Lost Reason"] == "Went with competitor")
    assert table.loc[True, True] / table.loc[True].sum() > 2 * table.loc[False, True] / table.loc[False].sum()
    assert fisher_exact(table).pvalue < 1e-6


# --- the guides beside the files


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_gives_each_file_s_rows(truths: dict[str, Any], name: str) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"| `{name}` | {truths['totals']['rows'][name]:,} |" in readme


def test_the_prose_names_every_planted_effect(truths: dict[str, Any]) -> None:
    prose = (SAMPLE / "TRUTHS.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+)`", prose.split("## What to beware of")[0])) >= set(truths["effects"])
