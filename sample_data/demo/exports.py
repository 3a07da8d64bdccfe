"""Writes each system's export in that system's own manner; the same bytes on every run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from . import hubspot
from .company import Demo
from .hubspot import stamp
from .marketing import AdDay
from .plan import targets
from .world import PLANS

EARLIER = "earlier/hubspot_deals_2026-09-30.csv"  # of the same deals, a month before
EXPORTED = datetime(2026, 11, 2, 9, 0, 0)  # the fixed "created" date of the workbooks
STRIPE = (
    "id,Customer ID,Customer Description,Customer Email,Plan,Product,Quantity,Currency,Interval,Amount,Discount,Status,"
    "Created (UTC),Start Date (UTC),Trial End (UTC),Canceled At (UTC),Ended At (UTC),Cancellation Reason,"
    "company_id (metadata)"
).split(",")
RUSSIAN = (
    "ID сделки;Название сделки;Компания;Ответственный;Воронка;Этап сделки;Бюджет;Валюта;Дата создания;Дата закрытия;"
    "Источник;Причина отказа"
).split(";")
ACTIVITIES = (
    "Activity ID,Type,Date,Owner,Company ID,Deal ID,Contact ID,Direction,Outcome,Duration (s),Talk Ratio"
).split(",")
TICKETS = ("Ticket ID", "Company ID", "Opened", "First Response", "Resolved", "Priority", "Status", "Category", "CSAT")

Rows = Iterable[Sequence[object]]


def write_all(demo: Demo, folder: Path) -> None:
    """Write the twelve files into the folder, and the earlier one into `earlier`, replacing what is there."""
    (folder / "earlier").mkdir(parents=True, exist_ok=True)
    for name, header, rows in (
        ("hubspot_companies.csv", hubspot.COMPANIES, hubspot.companies(demo)),
        ("hubspot_contacts.csv", hubspot.CONTACTS, hubspot.contacts(demo)),
        ("hubspot_deals.csv", hubspot.DEALS, hubspot.deals(demo)),
        (EARLIER, hubspot.REVIEW, hubspot.review(demo)),
    ):
        _csv(folder / name, [header, *rows], quoting=csv.QUOTE_ALL)
    _csv(folder / "stripe_subscriptions.csv", [STRIPE, *_stripe(demo)])
    _csv(folder / "google_ads_campaigns.csv", _google_ads(demo))
    _csv(folder / "spend_ledger.csv", _ledger(demo))
    _csv(folder / "crm_sdelki_ru.csv", [RUSSIAN, *_russian(demo)], delimiter=";", encoding="cp1251")
    _csv(folder / "fx_rates.csv", [["Date", "Currency", "Rate"], *([f"{d:%Y-%m-%d}", "RUB", r] for d, r in demo.rates)])
    _csv(folder / "team.csv", _team(demo), encoding="utf-8-sig")
    _csv(folder / "activities.csv", [ACTIVITIES, *_activities(demo)])
    _tickets(folder / "support_tickets.xlsx", demo)
    _targets(folder / "targets.xlsx")


def _csv(
    path: Path,
    rows: Rows,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quoting: int = csv.QUOTE_MINIMAL,
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)  # type: ignore[arg-type]
    path.write_bytes(text.getvalue().encode(encoding))


def _stripe(demo: Demo) -> Rows:
    for s in demo.subscriptions:
        yield [
            s.id,
            s.customer,
            s.company.name,
            s.email,
            s.plan,
            PLANS[s.plan][0],
            s.seats,
            "usd",
            "year" if s.yearly else "month",
            f"{s.price():.2f}",
            f"{s.discount}%" if s.discount else "",
            s.status,
            stamp(s.started),
            stamp(s.started),
            stamp(s.trial_end),
            stamp(s.cancelled),
            stamp(s.ended),
            s.reason,
            s.company.id,
        ]


def _google_ads(demo: Demo) -> Rows:
    """Two title lines, the days, then Google's total rows; thousands in commas, ' --' for nothing to show."""
    yield ["Campaign report"]
    yield ["November 1, 2023 - October 31, 2026"]
    yield ["Day", "Campaign", "Campaign type", "Currency code", "Clicks", "Impr.", "Cost", "Conversions"]
    for day, name, kind, clicks, shown, cost, converted in demo.ads:
        dash = " --"
        yield [
            f"{day:%Y-%m-%d}",
            name,
            kind,
            "USD",
            f"{clicks:,}",
            f"{shown:,}" if shown else dash,
            f"{cost:,.2f}",
            f"{converted:.2f}" if clicks or converted else dash,
        ]
    groups = sorted({kind for _, _, kind, *_ in demo.ads})
    yield _google_total("Campaigns", demo.ads)
    for group in groups:
        yield _google_total(group, [row for row in demo.ads if row[2] == group])


def _google_total(label: str, rows: list[AdDay]) -> list[object]:
    clicks, shown, converted = sum(r[3] for r in rows), sum(r[4] for r in rows), sum(r[6] for r in rows)
    cost = sum(r[5] for r in rows)
    return [f"Total: {label}", " --", " --", "USD", f"{clicks:,}", f"{shown:,}", f"{cost:,.2f}", f"{converted:,.2f}"]


def _ledger(demo: Demo) -> Rows:
    yield ["Date", "Department", "Category", "Channel", "Campaign", "Amount", "Currency"]
    for booked, department, category, channel, campaign, amount in demo.ledger:
        yield [f"{booked:%Y-%m-%d}", department, category, channel, campaign, f"{amount:.2f}", "USD"]


def _russian(demo: Demo) -> Rows:
    for d in demo.russian:
        yield [
            d.id,
            d.name,
            d.company,
            d.owner,
            "Продажи",
            d.stage,
            f"{d.budget:,.2f}".replace(",", " ").replace(".", ","),
            "RUB",
            f"{d.created:%d.%m.%Y}",
            f"{d.closed:%d.%m.%Y}" if d.closed else "",
            d.source,
            d.reason,
        ]


def _team(demo: Demo) -> Rows:
    yield ["Person", "Team", "Role", "Manager", "Start Date", "End Date", "Quota", "Quota Period"]
    for p in demo.people:
        ended = f"{p.end:%Y-%m-%d}" if p.end else ""
        quota = (p.quota, "Quarter") if p.quota else ("", "")
        yield [p.name, p.team, p.role, p.manager, f"{p.start:%Y-%m-%d}", ended, *quota]


def _activities(demo: Demo) -> Rows:
    for number, a in enumerate(demo.activities):
        seconds = "" if a.seconds is None else a.seconds
        talk = "" if a.talk is None else f"{a.talk:.2f}"
        key = 700_001 + number
        yield [
            key,
            a.type,
            stamp(a.at),
            a.owner,
            a.company_id,
            a.deal_id,
            a.contact_id,
            a.direction,
            a.outcome,
            seconds,
            talk,
        ]


def _workbook(path: Path) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(path)
    book.set_properties({"created": EXPORTED, "author": "Northwick IT"})
    return book


def _tickets(path: Path, demo: Demo) -> None:
    book = _workbook(path)
    sheet = book.add_worksheet("Tickets")
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True})
    when = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.merge_range(0, 0, 0, len(TICKETS) - 1, "Service desk: all tickets, 1 Nov 2023 to 31 Oct 2026", title)
    sheet.write_row(1, 0, TICKETS, head)
    sheet.set_column(2, 4, 17)
    for row, t in enumerate(demo.tickets, start=2):
        sheet.write_string(row, 0, t.id)
        sheet.write_number(row, 1, int(t.company_id))
        for column, moment in ((2, t.opened), (3, t.response), (4, t.resolved)):
            if moment:
                sheet.write_datetime(row, column, moment, when)
        sheet.write_row(row, 5, (t.priority, t.status, t.category))
        if t.csat:
            sheet.write_number(row, 8, t.csat)
    notes = book.add_worksheet("Read me")
    notes.set_column(0, 0, 90)
    for row, line in enumerate(_READ_ME):
        notes.write_string(row, 0, line)
    book.close()


_READ_ME = (
    "About this export",
    "All tickets of all customers, taken from the service desk on 2 November 2026.",
    "Company ID is the record number of the company in HubSpot.",
    "CSAT is the answer to one question after a ticket is closed, from 1 (poor) to 5 (excellent).",
    "Most customers do not answer, so many cells are empty. Times are UTC.",
)


def _targets(path: Path) -> None:
    book = _workbook(path)
    sheet = book.add_worksheet("Targets")
    sheet.write_row(0, 0, ("Metric", "Period", "Target", "Segment"), book.add_format({"bold": True}))
    for row, (metric, period, value, segment) in enumerate(targets(), start=1):
        sheet.write_row(row, 0, (metric, period, value))
        if segment:
            sheet.write_string(row, 3, segment)
    book.close()
