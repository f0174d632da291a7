"""The portal: what a customer would see of plan, allowance, packs and invoices at a moment of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa

from commet_core.catalog.packs import CreditPack
from commet_core.catalog.plans import Plan
from commet_core.catalog.terms import FeatureTerms
from commet_core.engine.run import Run
from commet_core.foundation.calendar import date_of, moment, period_day
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, format_exact
from commet_core.foundation.vocabulary import Interval, State
from commet_core.rating.stocks import UNIT_DECIMALS
from commet_core.reports.statement import Statement
from commet_core.reports.statement.lots_at import PackLeft, packs_left
from commet_core.reports.statement.overage_words import overage_in_words
from commet_core.reports.statement.portal_further import (
    CapState,
    LevelState,
    add_on_words,
    add_ons_at,
    cap_at,
    commitment_words,
    credit_left,
    levels_at,
)
from commet_core.timeline.stages import Stage, plan_on


@dataclass(frozen=True)
class FeatureState:
    """A feature of the plan, to the customer. Units exact.

    used         units served in the period so far
    unlimited    served always, at no cost
    included     metered: units per period, else None
    left         metered: included units left; credits and balance: whole units that what is left pays for; None where
                 nothing limits them, they are free, or what they cost is up to each request's AI model
    overage      metered: units beyond what is included
    beyond       metered: what units beyond what is included cost, in words; empty where usage stops there
    unit_price   metered: price of a unit beyond what is included, where they have one; balance: price of a unit
    credits_per_unit   credits, else None
    margin       balance: what is added to the price of an AI model, as a share of it; None where that does not set the price
    """

    code: str
    name: str
    unit: str
    used: Decimal
    unlimited: bool
    included: Decimal | None
    left: Decimal | None
    overage: Decimal
    unit_price: Decimal | None
    credits_per_unit: Decimal | None
    margin: Decimal | None = None
    beyond: str = ""

    @property
    def used_share(self) -> float | None:
        """How much of what is included is used, 0 to 1, to be drawn; None where nothing is counted."""
        if self.included is None:
            return None
        return min(1.0, float(self.used / self.included)) if self.included else 1.0


@dataclass(frozen=True)
class Portal:
    """A customer's view just before the moment `at`: everything that happened earlier counts.

    state            trial, active, paused or canceled; before the start canceled, and not `started`
    price            what an interval costs; None on a free plan, and where nothing is charged: while paused or canceled
    period_start     of a phase without periods, when that began
    resets_at        when the allowance returns to what the plan grants
    next_charge_at   when the base price is charged next; None where it never is again
    granted          credits or balance that every period grants; None on a metered plan
    plan_left        plan credits or balance left; None on a metered plan
    purchased_left   purchased credits left; None unless a credits plan
    rolled_in        of what the period had to use at first, what the one before left; None where nothing rolls over
    packs_left       purchased credits pack by pack, where some expire
    levels           seats and quota of the plan
    add_ons          those that are active, in words
    cap, commitment  the spend cap, and in words the minimum commitment; None and empty without
    credit_left      of customer credits
    lent             the plan that is lent; empty without
    packs            the packs that may be bought, by code, in the catalog's order
    invoices         rows of the result table `invoices` issued by then, the latest first
    """

    at: datetime
    plan_name: str
    state: State
    price: Decimal | None
    interval: Interval | None
    period_start: datetime
    resets_at: datetime
    next_charge_at: datetime | None
    granted: Decimal | None
    plan_left: Decimal | None
    purchased_left: Decimal | None
    blocks: bool
    features: tuple[FeatureState, ...]
    packs: Mapping[str, CreditPack]
    invoices: pa.Table
    started: bool = True
    rolled_in: Decimal | None = None
    packs_left: tuple[PackLeft, ...] = ()
    levels: tuple[LevelState, ...] = ()
    add_ons: tuple[str, ...] = ()
    cap: CapState | None = None
    commitment: str = ""
    credit_left: Decimal = Decimal(0)
    lent: str = ""


@dataclass(frozen=True)
class _Moment:
    """Where a moment stands: its segment (counted from the customer's first) and the events before it."""

    micros: int
    segment: int
    first_event: int
    event: int


def portal(statement: Statement, at: datetime) -> Portal:
    """The portal just before `at`: at 00:00 of a day it shows the evening before, and at the window's end its last day.

    Raises InputError where the customer has not subscribed before `at`, or the window has ended.
    """
    here = _moment(statement, at)
    run, stage = statement.run, _stage(statement, here)
    plan_left, purchased = _stocks(statement, here)
    catalog = statement.replayed.scenario.catalog
    plan_code = stage.plan or run.plan_code
    plan = _plan(statement, stage)
    granted = int(run.segment_granted[statement.segments][here.segment])
    usable = stage.has_periods
    active = add_ons_at(statement, here.micros) if usable else ()
    return Portal(
        at=at,
        plan_name=plan.name or plan_code,
        state=stage.state,
        price=plan.prices[stage.interval] if stage.interval is not None and stage.has_periods else None,
        interval=stage.interval,
        period_start=statement.time(int(run.timeline.starts[statement.segments][here.segment])),
        resets_at=statement.time(_end_of_period(statement, here.segment)),
        next_charge_at=_next_charge(statement, here.segment),
        granted=decimal_of(granted, _decimals(run)) if run.flows else None,
        plan_left=plan_left,
        purchased_left=purchased,
        blocks=plan.blocks or stage.state == "trial",
        features=_features(statement, here, plan_left, purchased, active),
        packs=catalog.packs_on(plan_code) if plan.sells == "packs" else {},
        invoices=_invoices_until(statement, here.micros),
        started=stage.plan is not None,
        rolled_in=_rolled_in(statement, here),
        packs_left=_packs_left(statement, here),
        levels=levels_at(statement, plan, stage, here.segment, here.micros) if usable else (),
        add_ons=tuple(add_on_words(statement, code, stage) for code in active),
        cap=cap_at(statement, stage, here.segment, here.micros),
        commitment=commitment_words(plan, statement.currency) if stage.charged else "",
        credit_left=credit_left(statement, here.micros),
        lent="" if stage.lent is None else catalog.plans[stage.lent[0]].name or stage.lent[0],
    )


def _rolled_in(statement: Statement, here: _Moment) -> Decimal | None:
    run = statement.run
    if not run.flows or "rollover" not in run.rules:
        return None
    rolled = np.broadcast_to(run.flows[0].rolled_in, run.timeline.segment_count)[statement.segments]
    return decimal_of(int(rolled[here.segment]), _decimals(run))


def _packs_left(statement: Statement, here: _Moment) -> tuple[PackLeft, ...]:
    if not statement.run.sells("packs"):
        return ()
    left = packs_left(statement, here.micros, here.event)
    return left if any(pack.expires_at is not None for pack in left) else ()


def _moment(statement: Statement, at: datetime) -> _Moment:
    window = statement.run.timeline.window
    micros = round((at - moment(0)).total_seconds()) * 1_000_000
    days = statement.run.timeline.days
    if not days.start(statement.start_day) < micros <= window.span(days)[1]:
        fix = f"Choose one after {date_of(statement.start_day)}, up to {window.end}"
        raise InputError.of("moment", f"{at:%Y-%m-%d %H:%M} is not in the customer's window", fix)
    segment = int(np.searchsorted(statement.run.timeline.starts[statement.segments], micros)) - 1
    event = int(np.searchsorted(statement.times, micros))
    return _Moment(micros, segment, min(event, int(statement.segment_firsts[segment])), event)


def _stage(statement: Statement, here: _Moment) -> Stage:
    """What the customer is on, with the terms that hold by then (billing-rules 8.7, 8.8)."""
    within, row = statement.run.timeline.within, statement.segments.start + here.segment
    changed = np.flatnonzero((within.segments == row) & (within.times < here.micros))
    place = within.stages[changed[-1]] if len(changed) else statement.segment_stages[here.segment]
    return statement.run.stages[place]


def _plan(statement: Statement, stage: Stage) -> Plan:
    """The plan with the terms that the stage has; before a start the candidate's."""
    catalog = statement.replayed.scenario.catalog
    return catalog.plans[statement.run.plan_code] if stage.plan is None else plan_on(catalog, stage)


def _end_of_period(statement: Statement, segment: int) -> int:
    """Microseconds since 1970 at which a period would end of itself, beyond the window's end too."""
    timeline, row = statement.run.timeline, statement.segments.start + segment
    phase = timeline.segment_phases[row]
    stage = statement.run.stages[timeline.segments.stages[row]]
    if not (stage.has_periods and stage.resets):
        return int(min(timeline.phases.untils[phase], timeline.window.span(timeline.days)[1]))
    following = timeline.phases.origins[phase] + timeline.cycles[row] + 1
    natural = timeline.days.start(period_day(int(timeline.phases.anchors[phase]), int(following), stage.weekly))
    return int(min(timeline.phases.untils[phase], natural))


def _next_charge(statement: Statement, segment: int) -> datetime | None:
    timeline, row = statement.run.timeline, statement.segments.start + segment
    stage = statement.run.stages[timeline.segments.stages[row]]
    if stage.state == "trial":
        return statement.time(int(timeline.phases.untils[timeline.segment_phases[row]]))
    return statement.time(int(statement.run.base.paid_until[row])) if stage.interval_periods else None


def _decimals(run: Run) -> int:
    """Decimals of what the run's stocks are counted in."""
    return UNIT_DECIMALS[run.flows[0].kind.unit]


def _stocks(statement: Statement, here: _Moment) -> tuple[Decimal | None, Decimal | None]:
    """Plan credits or balance left, and purchased credits left; None where the model has no such thing."""
    run, ledger = statement.run, statement.ledger
    if not run.flows:
        return None, None
    granted = int(run.segment_granted[statement.segments][here.segment])
    left = int(ledger.left[here.event - 1]) if here.event > here.first_event else granted
    unseen = [acted for acted in statement.acted if acted.event >= here.event and acted.at < here.micros]
    if not run.sells("packs"):
        added = sum(acted.amount for acted in unseen if acted.segment == here.segment)
        return decimal_of(left + added, _decimals(run)), None
    if run.charged.uses is not None:  # what expires lies between events
        purchased_left = sum((pack.left for pack in packs_left(statement, here.micros, here.event)), Decimal(0))
        left += sum(acted.amount for acted in unseen if acted.adjusts == "plan_credits" and acted.segment == here.segment)
        return decimal_of(left, _decimals(run)), purchased_left
    purchased = int(ledger.purchased[here.event - 1]) if here.event else 0
    bought = sum(acted.amount for acted in unseen if acted.adjusts != "plan_credits")
    left += sum(acted.amount for acted in unseen if acted.adjusts == "plan_credits" and acted.segment == here.segment)
    return decimal_of(left, _decimals(run)), decimal_of(purchased + bought, _decimals(run))


def _used(statement: Statement, here: _Moment) -> dict[str, Decimal]:
    """Units served in the period so far, per feature that was asked for."""
    rows = slice(here.first_event, here.event)
    features, units = statement.feature_codes[rows], statement.ledger.units[rows]
    return {
        statement.codes[feature]: decimal_of(int(units[features == feature].sum()), MICRO_DECIMALS)
        for feature in np.unique(features).tolist()
    }


def _features(
    statement: Statement, here: _Moment, plan_left: Decimal | None, purchased: Decimal | None, add_ons: Sequence[str]
) -> tuple[FeatureState, ...]:
    stage = _stage(statement, here)
    if not stage.has_periods:  # nothing of the plan can be used
        return ()
    used = _used(statement, here)
    plan, of_add_ons = _plan(statement, stage), statement.replayed.scenario.catalog.addons
    terms_of = plan.features | {of_add_ons[code].feature: of_add_ons[code].terms(plan.consumption_model) for code in add_ons}
    if not statement.run.flows:  # units are counted; other models have a stock that pays for them
        return _counted_features(statement, terms_of, stage, used)
    spendable = max(Decimal(0), (plan_left or Decimal(0)) + (purchased or Decimal(0)))
    states = []
    for code, terms in terms_of.items():
        per_unit, price = terms.credits_beyond, terms.price_beyond
        cost = price if per_unit is None else per_unit
        left = None if terms.unlimited or not cost else Decimal(spendable // cost)
        margin = terms.margin_share if terms.by_tokens else None
        state = _state(statement, code, used, unlimited=terms.unlimited, left=left, price=price, per_unit=per_unit)
        states.append(replace(state, margin=margin))
    return tuple(states)


def _counted_features(
    statement: Statement, terms_of: Mapping[str, FeatureTerms], stage: Stage, used: dict[str, Decimal]
) -> tuple[FeatureState, ...]:
    states = []
    for code, terms in terms_of.items():
        included = None if terms.unlimited else terms.included_units
        left = None if included is None else max(Decimal(0), included - used.get(code, Decimal(0)))
        price = terms.price_beyond if stage.charged and not terms.unlimited else None
        state = _state(statement, code, used, unlimited=terms.unlimited, left=left, price=price, included=included)
        states.append(replace(state, beyond=_beyond(statement, terms, state.unit) if stage.charged else ""))  # 7.1, 7.2
    return tuple(states)


def _beyond(statement: Statement, terms: FeatureTerms, unit: str) -> str:
    """What units beyond what is included cost; nothing of what is unlimited, or stops there."""
    if terms.overage_price is None or terms.unlimited:
        return ""
    if terms.price_beyond is not None:
        return f"{format_exact(terms.price_beyond, statement.currency)} each"
    return overage_in_words(terms.overage_price, unit, statement.currency)


def _state(
    statement: Statement,
    code: str,
    used: dict[str, Decimal],
    *,
    unlimited: bool,
    left: Decimal | None,
    price: Decimal | None,
    included: Decimal | None = None,
    per_unit: Decimal | None = None,
) -> FeatureState:
    feature = statement.replayed.scenario.catalog.features[code]
    used_units = used.get(code, Decimal(0))
    overage = max(Decimal(0), used_units - included) if included is not None else Decimal(0)
    return FeatureState(
        code, feature.name or code, feature.unit, used_units, unlimited, included, left, overage, price, per_unit
    )


def _invoices_until(statement: Statement, micros: int) -> pa.Table:
    """Invoices issued before a moment, the latest first; at the window's end those issued at that moment too (2.6)."""
    issued = statement.own.bill.invoices.issued_at
    timeline = statement.run.timeline
    at_end = micros == timeline.window.span(timeline.days)[1]
    shown = np.flatnonzero(issued <= micros if at_end else issued < micros)
    return statement.invoices.take(pa.array(shown[::-1]))
