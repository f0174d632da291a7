"""A customer's window as spells: how long it was on which plan, in trial, active, paused or canceled, and what came between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import (
    MICRO_DECIMALS,
    NANO_DECIMALS,
    decimal_of,
    format_exact,
    half_up,
    minor_decimals,
    minor_nanos,
    nanos,
)
from commet_core.foundation.vocabulary import ADJUSTED_IN_MONEY, INTERVALS, Transition
from commet_core.foundation.wording import interval_name, quantity
from commet_core.reports.statement import BoughtByAction, Statement
from commet_core.timeline.stages import Stage
from commet_core.timeline.transitions import transition


@dataclass(frozen=True)
class Spell:
    """The time that a customer is on one stage. A change at the very moment of another one leaves a spell of no length.

    began   what brought the customer there; None where the window only shows it from then on
    """

    start: datetime
    end: datetime
    stage: Stage
    began: Transition | None


@dataclass(frozen=True)
class Happening:
    """Something that happened to a subscription, in words.

    stage      what the customer is on from then on
    invoiced   what was invoiced for it at that moment; None where no invoice was issued
    purchase   an action bought, gave or took something; everything else changes the stage
    """

    at: datetime
    what: str
    stage: Stage
    invoiced: Decimal | None
    purchase: bool = False


def spells(statement: Statement) -> list[Spell]:
    """The customer's spells in order of time; they fill the window from the first on."""
    timeline, segments = statement.run.timeline, statement.segments
    phases = timeline.segment_phases[segments]
    firsts = np.flatnonzero(np.diff(phases, prepend=-1))
    lasts = np.append(firsts[1:], len(phases)) - 1
    stages = [statement.run.stages[stage] for stage in statement.segment_stages[firsts].tolist()]
    starts, ends = timeline.starts[segments][firsts].tolist(), timeline.ends[segments][lasts].tolist()
    began = [_began(statement, int(phases[0]), starts[0], stages[0])]
    catalog = statement.replayed.scenario.catalog
    began += [transition(catalog, before, after) for before, after in pairwise(stages)]
    return [
        Spell(statement.time(start), statement.time(end), stage, how)
        for start, end, stage, how in zip(starts, ends, stages, began, strict=True)
    ]


def _began(statement: Statement, phase: int, start: int, stage: Stage) -> Transition | None:
    """How the first spell began: with the subscription, unless that is older than the window, or has not begun."""
    older = int(statement.run.timeline.phases.starts[phase]) < start
    return "start" if stage.has_periods and not older else None


def changes_anything(stays: list[Spell]) -> bool:
    """Whether there is more to say than that the customer started on a plan and stayed."""
    return len(stays) > 1 or not stays[0].stage.has_periods


def happenings(statement: Statement) -> list[Happening]:
    """What happened to the subscription, and what actions bought, in order of time."""
    invoiced = _invoiced_at(statement)
    happenings = [
        Happening(spell.start, _words(statement, spell), spell.stage, invoiced.get(spell.start)) for spell in spells(statement)
    ]
    happenings += [_purchase(statement, acted) for acted in statement.acted]
    return sorted(happenings, key=lambda happening: happening.at)


def _invoiced_at(statement: Statement) -> dict[datetime, Decimal]:
    """The totals of invoices by the moment of their issue; purchases are happenings of their own."""
    totals: dict[datetime, Decimal] = {}
    for row in statement.invoices.to_pylist():
        if row["kind"] not in ("credit_purchase", "balance_topup"):
            totals[row["issued_at"]] = totals.get(row["issued_at"], Decimal(0)) + row["total"]
    return totals


def stage_words(catalog: Catalog, stage: Stage) -> str:
    """A stage as people say it: `Pro, monthly`, `Pro, trial`, `Pro, paused`, `Free`, `not subscribed`."""
    if stage.plan is None:
        return "not subscribed"
    name = catalog.plans[stage.plan].name or stage.plan
    how = stage.state if stage.state != "active" else interval_name(stage.interval)
    return name if name.lower() == how else f"{name}, {how}"


def stage_rows(statement: Statement) -> dict[tuple[str | None, str | None], str]:
    """Every plan and interval that the customer is on, lowest first, and what it is called: (plan, interval) → words.

    Times before a subscription's start come first of all.
    """
    catalog = statement.replayed.scenario.catalog
    stages = {(spell.stage.plan, spell.stage.interval): spell.stage for spell in spells(statement)}
    plans = [stage.plan for stage in stages.values() if stage.plan is not None]
    group = catalog.group_of(*plans) or tuple(catalog.plans)
    ordered = sorted(
        stages.values(),
        key=lambda stage: (
            -1 if stage.plan is None else group.index(stage.plan),
            0 if stage.interval is None else INTERVALS.index(stage.interval),
        ),
    )
    return {
        (stage.plan, stage.interval): "Not subscribed"
        if stage.plan is None
        else stage_words(catalog, Stage(stage.plan, stage.interval))
        for stage in ordered
    }


def _words(statement: Statement, spell: Spell) -> str:
    catalog = statement.replayed.scenario.catalog
    where = stage_words(catalog, spell.stage)
    sentences: dict[Transition | None, str] = {
        None: where if spell.stage.plan is None else f"The window begins with {where}",
        "start": f"Starts with {where}",
        "trial_end": f"The trial ends: {where}",
        "upgrade": f"Upgrade to {where}",
        "downgrade": f"Downgrade to {where}",
        "longer": f"Change to a longer interval: {where}",
        "shorter": f"Change to a shorter interval: {where}",
        "pause": f"Paused: {where.removesuffix(', paused')}",
        "resume": f"Resumes with {where}",
        "cancel": f"Canceled: {where.removesuffix(', canceled')}",
        "reactivate": f"Reactivated with {where}",
        "renewal": f"Goes on with {where}",
    }
    words = sentences[spell.began]
    return words[:1].upper() + words[1:]


def staying_words(statement: Statement) -> str:
    """One sentence about a customer to whom nothing happened: it started, or was there before the window, and stayed."""
    spell = spells(statement)[0]
    where = stage_words(statement.replayed.scenario.catalog, spell.stage)
    if spell.began is None:
        return f"On {where} through the whole window."
    return f"Started with {where} on {day_words(spell.start)}, and stayed to the end of the window."


def _purchase(statement: Statement, acted: BoughtByAction) -> Happening:
    """A purchase is an invoice of its own, of one line (billing-rules 5.5, 6.5); an adjustment is none (8.6)."""
    catalog, currency = statement.replayed.scenario.catalog, statement.currency
    stage = statement.run.stages[statement.segment_stages[acted.segment]]
    if acted.adjusts is not None:
        return Happening(statement.time(acted.at), _adjusted_words(statement, acted), stage, None, purchase=True)
    price = nanos(catalog.credit_packs[acted.item].price) if statement.run.sells("packs") else acted.amount
    invoiced = decimal_of(half_up(price, minor_nanos(currency)), minor_decimals(currency))
    return Happening(statement.time(acted.at), _bought_words(statement, acted), stage, invoiced, purchase=True)


def _adjusted_words(statement: Statement, acted: BoughtByAction) -> str:
    """`Is given 500 plan credits`, `Has $20.00 of balance taken away`."""
    if acted.adjusts in ADJUSTED_IN_MONEY:
        much = f"{format_exact(decimal_of(abs(acted.amount), NANO_DECIMALS), statement.currency)} of balance"
    else:
        kind = "plan" if acted.adjusts == "plan_credits" else "purchased"
        much = quantity(decimal_of(abs(acted.amount), MICRO_DECIMALS), f"{kind} credit")
    return f"Is given {much}, without a charge" if acted.amount >= 0 else f"Has {much} taken away"


def _bought_words(statement: Statement, acted: BoughtByAction) -> str:
    catalog, currency = statement.replayed.scenario.catalog, statement.currency
    if not statement.run.sells("packs"):
        return f"Tops up by {format_exact(decimal_of(acted.amount, NANO_DECIMALS), currency)}"
    pack = catalog.credit_packs[acted.item]
    credits_bought = quantity(decimal_of(acted.amount, MICRO_DECIMALS), "credit")
    return f"Buys {pack.name or acted.item}: {credits_bought} for {format_exact(pack.price, currency)}"
