"""Who left, one by one, and what the days before looked like beside those of the customers who stayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis import leaver_rows, leaver_signs
from revops.analysis.core import Analysis, Column, Param, ParamKind, Result, View
from revops.analysis.leaver_records import customers_behind
from revops.analysis.leaver_rows import LEFT, STAYED
from revops.analysis.leaver_words import listed_finding, notes, signs_finding
from revops.analysis.lifetimes import MONTH, NEEDS
from revops.analysis.values import as_date, records
from revops.errors import BadParameter, NotComputable
from revops.formats import Formatter
from revops.metrics.core import Basis, Unit
from revops.metrics.tables import table
from revops.text import Text

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

MOST = 1000  # customers listed; how many there are is told
LONGEST = 365  # days looked at
SHOW = {
    "who": Text("who left", "кто ушёл"),
    "signs": Text("what tells them from those who stayed", "чем отличались от оставшихся"),
}
NOBODY = Text("nobody left in the chosen period.", "в выбранном периоде никто не ушёл.")
COLUMNS = (
    "name", "arr", "day", "months", "plan", "reason", "tickets", "tickets_change", "open", "csat", "contacts",
    "contacts_change", "since_contact", "account",
)  # fmt: skip
OF_TICKETS, OF_CONTACTS = (
    {"tickets", "tickets_change", "open", "csat"},
    {"contacts", "contacts_change", "since_contact"},
)


def run(engine: Engine, view: View, params: Mapping[str, Any]) -> Result:
    """show "who": a row a departure, the most ARR first, MOST at most: those of COLUMNS that the data tell. arr: 12 x
    MRR on the day before; months: as a customer; *_change: against as many days before; null: not known.

    show "signs": a row a sign, the frame of leaver_signs.compared. Raises NotComputable where churn cannot be told, or
    (signs) neither tickets nor activities name a customer; BadParameter for days outside 1 to LONGEST.
    """
    days = int(params["days"])
    if not 1 <= days <= LONGEST:
        raise BadParameter(Text(f"Days: from 1 to {LONGEST}.", f"Дней: от 1 до {LONGEST}."))
    leaver_rows.check(engine, view)
    return _signs(engine, view, days) if params["show"] == "signs" else _list(engine, view, days)


def _list(engine: Engine, view: View, days: int) -> Result:
    def build() -> ir.Table:
        rows = leaver_rows.told(leaver_rows.left(engine, view), days, engine.basis)
        whole = ibis.window()
        arr = 12 * rows.mrr.cast("float64")
        rows = rows.mutate(
            account=rows.account_id,
            arr=arr,
            months=rows.tenure / MONTH,
            customers=rows.count().over(whole),
            all_arr=arr.sum().over(whole),
            half_tenure=(rows.tenure / MONTH).median().over(whole),
            short=(rows.tenure < days).cast("int64").sum().over(whole),
        )
        if "tickets" in rows.columns:
            rows = rows.mutate(tickets_change=rows.tickets - rows.tickets_before)
        if "contacts" in rows.columns:
            rows = rows.mutate(contacts_change=rows.contacts - rows.contacts_before)
        names = table("accounts").select(_of=ibis._.account_id, called=ibis._["name"])
        rows = rows.left_join(names, rows.account == names["_of"])
        rows = rows.mutate(name=ibis.coalesce(rows.called, rows.account))
        kept = [c for c in _shown(engine.basis) if c in rows.columns]
        rows = rows.select(*kept, "customers", "all_arr", "half_tenure", "short")
        return rows.order_by(ibis.desc("arr"), "day", "account").limit(MOST)

    frame, sql = _told(engine, view, ("leavers", days), build)
    some = not frame.empty
    first = records(frame.head(1))[0] if some else {}
    count = int(first["customers"]) if some else 0
    shown = frame[[c for c in _shown(engine.basis) if c in frame]].astype(
        {c: "float64" for c in COLUMNS if c in frame and c not in ("name", "day", "plan", "reason", "account")}
    )
    shown = shown.assign(day=[as_date(d) for d in shown["day"]])
    return Result(
        frame=shown,
        columns=tuple(c for c in _columns(days) if c.key in shown),
        facts={
            "show": "who", "days": days, "customers": count, "arr": float(first["all_arr"]) if some else 0.0,
            "months": float(first["half_tenure"]) if some else None, "period": view.period, "as_of": view.as_of,
        },
        sql=(sql,),
        metrics=("logo_churn",),
        notes=notes(engine.basis, days, listed=(len(shown), count)) if some else (),
        empty=None if some else NOBODY,
    )  # fmt: skip


def _signs(engine: Engine, view: View, days: int) -> Result:
    signs = leaver_signs.told_by(engine.basis)
    if not signs:
        raise NotComputable(
            Text("Nothing is known of what came before customers left.", "Что было перед уходом клиентов, неизвестно."),
            fix=Text(
                "Map tickets.account_id and tickets.opened_at, or activities.account_id with their type and date.",
                "Сопоставьте клиента и дату обращений (tickets.account_id, tickets.opened_at) или клиента, тип и дату "
                "активностей (activities.account_id).",
            ),
        )
    frame, sql = _told(
        engine, view, ("leaver_signs", days),
        lambda: leaver_signs.counted(leaver_rows.looked(engine, view, days), signs, days),
    )  # fmt: skip
    found = {str(row["who"]): row for row in records(frame)}
    left, stayed = found.get(LEFT), found.get(STAYED)
    told = leaver_signs.compared(found, signs)
    empty = NOBODY if left is None else _none_to_compare(told, stayed, days)
    short = [] if left is None else [(row, int(found[row]["short"])) for row in found]
    return Result(
        frame=told,
        columns=leaver_signs.columns(),
        facts={
            "show": "signs",
            "days": days,
            "customers": 0 if left is None else int(left["customers"]),
            "stayed": 0 if stayed is None else int(stayed["customers"]),
            "day": None if stayed is None else as_date(stayed["day"]),
            "period": view.period,
            "as_of": view.as_of,
        },
        sql=(sql,),
        metrics=("logo_churn",),
        rows_used=(() if stayed is None else ((STAYERS, int(stayed["customers"])),)),
        rows_left_out=tuple((_SHORT[who].format(n=days), n) for who, n in short if n),
        notes=() if empty is not None else notes(engine.basis, days, compared=(stayed or {}, left or {})),
        empty=empty,
    )


STAYERS = Text("customers who stayed", "оставшиеся клиенты")
_SHORT = {
    LEFT: Text("left after fewer than {n} days as a customer", "ушли, пробыв клиентом меньше {n} дн."),
    STAYED: Text("stayed, customers for fewer than {n} days", "остались, клиенты меньше {n} дн."),
}


def _none_to_compare(told: pd.DataFrame, stayed: Mapping[str, Any] | None, days: int) -> Text | None:
    if stayed is None:
        return Text("nobody stayed to compare with.", "не осталось никого, с кем сравнить.")
    if told.empty:
        return Text(
            f"nobody had been a customer for {days} days over which there are tickets or activities.",
            f"никто не пробыл клиентом {days} дн., за которые есть обращения или активности.",
        )
    return None


def _told(engine: Engine, view: View, key: tuple[Any, ...], build: Any) -> tuple[pd.DataFrame, str]:
    return engine.told(key, build, period=view.period, as_of=view.as_of, where=view.where, periods=(view.period,))


def _shown(basis: Basis) -> tuple[str, ...]:
    """The columns of the list that the data can tell."""
    absent: set[str] = set()
    if not leaver_rows.has_tickets(basis):
        absent |= OF_TICKETS
    if not basis.has(leaver_rows.SOLVED):
        absent |= {"open"}
    if not basis.has(leaver_rows.CSAT):
        absent |= {"csat"}
    if not leaver_rows.has_contacts(basis):
        absent |= OF_CONTACTS
    return tuple(c for c in COLUMNS if c not in absent)


def _columns(days: int) -> tuple[Column, ...]:
    count = Unit.COUNT
    return (
        Column(key="name", label=Text("Customer", "Клиент")),
        Column(
            key="arr",
            label=Text("ARR lost", "Ушедший ARR"),
            unit=Unit.MONEY,
            help=Text("12 x MRR on the day before leaving.", "12 x MRR накануне ухода."),
        ),
        Column(key="day", label=Text("Left on", "Дата ухода")),
        Column(key="months", label=Text("Time as a customer", "Срок жизни клиента"), unit=Unit.MONTHS),
        Column(key="plan", label=Text("Plan", "Тариф")),
        Column(key="reason", label=Text("Reason given", "Названная причина")),
        Column(key="tickets", label=Text(f"Tickets in {days} days", f"Обращений за {days} дн."), unit=count),
        Column(
            key="tickets_change",
            label=Text("More or fewer tickets", "Обращений больше или меньше"),
            unit=count,
            signed=True,
            help=Text(f"Against the {days} days before those.", f"К предыдущим {days} дням."),
        ),
        Column(key="open", label=Text("Open when leaving", "Открыто при уходе"), unit=count),
        Column(key="csat", label=Text("Median mark", "Медиана оценок"), unit=Unit.MEAN),
        Column(key="contacts", label=Text(f"Contacts in {days} days", f"Контактов за {days} дн."), unit=count),
        Column(
            key="contacts_change",
            label=Text("More or fewer contacts", "Контактов больше или меньше"),
            unit=count,
            signed=True,
            help=Text(f"Against the {days} days before those.", f"К предыдущим {days} дням."),
        ),
        Column(key="since_contact", label=Text("Since the last contact", "С последнего контакта"), unit=Unit.DAYS),
        Column(key="account", label=Text("Account ID", "ID компании"), hidden=True),
    )


def finding(result: Result, formatter: Formatter) -> str:
    """The sign that differs most, of both, with the test; or who left with how much, and the largest of them."""
    return (signs_finding if result.facts["show"] == "signs" else listed_finding)(result, formatter)


LEAVERS = Analysis(
    key="leavers",
    title=Text("Who left, and what came before", "Кто ушёл и что было до этого"),
    question=Text(
        "Who left, and what had their last months looked like?", "Кто ушёл и какими были последние месяцы до ухода?"
    ),
    definition=Text(
        "The customers that customer churn counts as lost in the range, on the day they left, with the ARR of the day "
        "before; and what the days before held, that day left aside: tickets opened, those still open, the median "
        "mark given, calls, meetings and emails with them or about their deals, and the same of as many days before "
        "those. Beside them the customers of the range's first day who left on none of its days, all looked at up to "
        "one day: the one by which half of the others had left. A sign is told of customers who had been customers "
        "for all the days it looks at, where the data reach over them (fewer contacts: of those who had any before). "
        "Shares have Wilson intervals; left and stayed are tested against each other, corrected by Holm for all signs.",
        "Клиенты, которых отток клиентов считает ушедшими за диапазон, с днём ухода и ARR накануне; и что было в "
        "предыдущие дни, не считая самого дня: поступившие обращения, ещё открытые, медиана оценок, звонки, встречи и "
        "письма с клиентом или по его сделкам, и то же за столько же дней до них. Рядом — клиенты на начало диапазона, "
        "которые ни разу за него не ушли; на всех смотрим по один день — тот, к которому ушла половина ушедших. "
        "Признак считается по тем, кто был клиентом все дни, на которые он смотрит, и если за них есть данные "
        "(контактов меньше — по тем, у кого они были). Доли — с интервалом Уилсона; ушедшие и оставшиеся проверены "
        "друг против друга, с поправкой Холма на все признаки.",
    ),
    params=(
        Param(key="show", label=Text("Show", "Показать"), kind=ParamKind.CHOICE, choices=SHOW, default="who"),
        Param(key="days", label=Text("Days before", "Дней до ухода"), kind=ParamKind.NUMBER, default=90),
    ),
    run=run,
    finding=finding,
    chart="leavers",
    needs=NEEDS,
    behind=customers_behind,
)
