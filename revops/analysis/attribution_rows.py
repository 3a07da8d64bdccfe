"""Who gets the credit for a new customer, and what channels cost before: counted under every model and lag at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from revops.analysis.core import View
from revops.metrics.dimensions import DIMENSION, attach, open_paths
from revops.metrics.facts import NEW_CUSTOMERS, SPEND
from revops.metrics.tables import KEY, looked_at, table

if TYPE_CHECKING:
    from revops.metrics.engine import Engine

CHANNEL = DIMENSION["channel"]
LAGS = (0, 1, 2, 3)  # months by which the spend came before the customers
ACCOUNT, FIRST, LAST, LINEAR = "account", "first", "last", "linear"


def credited(engine: Engine, view: View) -> tuple[pd.DataFrame, str]:
    """model, channel ("" where none is known), customers (of linear: parts of them); and of all, on each row: total,
    touched (customers with a lead before they came), several (with leads of more than one channel)."""
    return engine.told(
        ("attribution", "credited"),
        lambda: _credited(engine, view),
        period=view.period,
        as_of=view.as_of,
        where=view.where,
    )


def spent(engine: Engine, view: View) -> tuple[pd.DataFrame, str]:
    """lag, channel ("" for spend that names none), spend: of sales and marketing, lag months before the period."""
    return engine.told(
        ("attribution", "spent"), lambda: _spent(engine, view), period=view.period, as_of=view.as_of, where=view.where
    )


def _customers(engine: Engine, view: View) -> ir.Table:
    """New customers of the period: who, came, own (the channel that the account names)."""
    looked = looked_at()
    rows = engine.keep(NEW_CUSTOMERS.rows(engine.basis), "accounts", view.where)
    rows = rows.filter(
        rows.day >= looked.start.as_scalar(),
        rows.day < looked.end.as_scalar(),
        ~rows.by_deal | rows.activated_on.isnull() | (rows.activated_on > looked.as_of.as_scalar()),
    )
    if open_paths(CHANNEL, "accounts", engine.basis):
        rows = attach(rows, CHANNEL, "accounts", engine.basis, "own")
    else:
        rows = rows.mutate(own=ibis.literal(""))
    return rows.select(who=rows.account_id, came=rows.day, own=rows.own)


def credits(engine: Engine, view: View) -> ir.Table:
    """Who credits which channel, under each model: model, channel, part (of a customer), who, came, lead (None where
    the account's own channel is credited)."""
    return ibis.union(*_credits(_customers(engine, view), _met(engine, view)))


def _met(engine: Engine, view: View) -> ir.Table:
    """The leads of each new customer up to the day it came: who, came, lead, channel; the place from either end."""
    customers = _customers(engine, view)
    leads = table("leads")
    leads = leads.filter(leads.account_id.notnull(), leads.created_at.notnull())
    leads = attach(leads, CHANNEL, "leads", engine.basis, "channel")
    leads = leads.select(_who=leads.account_id, lead=leads.lead_id, at=leads.created_at, channel=leads.channel)
    met = customers.join(leads, [customers.who == leads["_who"], leads["at"].date() <= customers.came])
    by_who = ibis.window(group_by="who")
    early = ibis.window(group_by="who", order_by=["at", "lead"])
    late = ibis.window(group_by="who", order_by=[ibis.desc("at"), ibis.desc("lead")])
    return met.mutate(
        nth=ibis.row_number().over(early), nth_last=ibis.row_number().over(late), touches=met.count().over(by_who)
    )


def _credits(customers: ir.Table, met: ir.Table) -> list[ir.Table]:
    one = ibis.literal(1.0)

    def told(model: str, rows: ir.Table, channel: ir.Value, part: ir.Value, lead: ir.Value | None = None) -> ir.Table:
        named = ibis.null("string") if lead is None else lead
        return rows.select(
            model=ibis.literal(model), channel=channel, part=part, who=rows.who, came=rows.came, lead=named
        )

    untouched = customers.anti_join(met, customers.who == met.who)
    first, last = met.filter(met.nth == 0), met.filter(met.nth_last == 0)
    found = [
        told(ACCOUNT, customers, customers.own, one),
        told(FIRST, first, first.channel, one, first.lead),
        told(LAST, last, last.channel, one, last.lead),
        told(LINEAR, met, met.channel, 1 / met.touches.cast("float64"), met.lead),
    ]
    return found + [told(model, untouched, untouched.own, one) for model in (FIRST, LAST, LINEAR)]


def _credited(engine: Engine, view: View) -> ir.Table:
    customers, met = _customers(engine, view), _met(engine, view)
    every = ibis.union(*_credits(customers, met))
    summed = every.group_by("model", "channel").agg(customers=every.part.sum())
    leads_of = met.group_by("who").agg(channels=met.channel.nunique())
    told = customers.agg(total=customers.count()).cross_join(
        leads_of.agg(touched=leads_of.count(), several=(leads_of.channels > 1).sum().fill_null(0))
    )
    return summed.cross_join(told).order_by("model", "channel")


def lines(engine: Engine, view: View) -> ir.Table:
    """Lines of spend by lag: lag, channel, day, amount, and KEY of the record."""
    looked = looked_at()
    days = [
        looked.select(
            lag=ibis.literal(lag, "int64"),
            since=(looked.start.cast("timestamp") - ibis.interval(months=lag)).date(),
            until=(looked.end.cast("timestamp") - ibis.interval(months=lag)).date(),
        )
        for lag in LAGS
    ]
    lags = ibis.union(*days)
    rows = engine.keep(SPEND.rows(engine.basis), "spend", view.where)
    if open_paths(CHANNEL, "spend", engine.basis):
        rows = attach(rows, CHANNEL, "spend", engine.basis, "channel_of")
    else:
        rows = rows.mutate(channel_of=ibis.literal(""))
    rows = rows.select("day", "amount", KEY, channel=rows.channel_of)
    met = rows.join(lags, [rows.day >= lags.since, rows.day < lags.until])
    return met.select("lag", "channel", "day", "amount", KEY)


def _spent(engine: Engine, view: View) -> ir.Table:
    met = lines(engine, view)
    return met.group_by("lag", "channel").agg(spend=met.amount.sum().cast("float64")).order_by("lag", "channel")
