"""Quotes: what plans cost at a usage that somebody types in. Nothing is computed here; the simulator replays made-up usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.catalog.plans import Catalog, ConsumptionModel, MeteredPlan
from commet_core.engine import tables
from commet_core.engine.monthly_costs import MONTHS_IN_YEAR, WEEKS_IN_YEAR
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY, WEEK_DAYS, day_number
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import (
    MICRO_DECIMALS,
    MICROS,
    decimal_of,
    decimal_places,
    micros,
    minor_decimals,
    parse_decimal,
    plain,
)
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import Interval, LineKind, RefusalReason
from commet_core.foundation.window import Window
from commet_core.reports.compare import rounded
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.scenario import Candidate, Scenario, plans_of
from commet_core.usage.usage import EVENT_SCHEMA, Usage

MONTH: Final = Window(start=date(2026, 6, 1), end=date(2026, 7, 1))
"""A month of thirty days."""
YEAR: Final = Window(start=date(2026, 1, 1), end=date(2027, 1, 1))
WEEKS: Final = Window(start=date(2026, 1, 1), end=date(2026, 12, 31))
"""52 whole weeks."""

UNITS_MAX: Final = Decimal(100_000_000_000)
"""The most units of a feature that somebody may type for a month: a year of it fits 64 bits."""

LEVEL_MAX: Final = 10 * UNITS_MAX
"""The most units of a feature in a month of made-up usage; what was typed may grow tenfold along an axis."""


@dataclass(frozen=True)
class QuoteLine:
    """One line of an invoice. `item`: the code of a feature, pack or plan."""

    kind: LineKind
    item: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Refusal:
    """Units of a feature that a plan refuses in the month, of those asked for."""

    feature: str
    asked_units: Decimal
    refused_units: Decimal
    reason: RefusalReason


@dataclass(frozen=True)
class Allowance:
    """What the periods that begin in the month grant, and how much of it the usage took.

    of: credits, balance, or the code of a feature with included units.
    """

    of: str
    granted: Decimal
    used: Decimal


@dataclass(frozen=True)
class Quote:
    """One candidate at one usage. Its customer has no trial, or is through with it; an offer counts from the first month.

    plan          what it is a quote of; of a line-up the plan that suits the usage best over a year
    line_up       the plans of a line-up, lowest first; empty where the candidate is one plan
    lines         of all invoices of the first month, in order; they add up to `first_month`
    monthly_cost  of a whole year like this month, a twelfth, rounded to the minor unit: intervals compare, and credits
                  left over from a pack are used up later
    allowances    what is included in the first month, and how much of it is used
    refusals      what the plan does not serve in the first month
    """

    candidate: str
    plan: str
    model: ConsumptionModel
    interval: Interval | None
    lines: tuple[QuoteLine, ...]
    first_month: Decimal
    monthly_cost: Decimal
    allowances: tuple[Allowance, ...]
    refusals: tuple[Refusal, ...]
    line_up: tuple[str, ...] = ()


def read_units(typed: Mapping[str, object]) -> dict[str, Decimal]:
    """Units per feature as somebody typed them; an empty text is none.

    Raises InputError with a problem per feature, whose code is the problem's place.
    """
    units, problems = {}, []
    for feature, text in typed.items():
        try:
            units[feature] = _units(text)
        except ValueError as error:
            problems.append(Problem(feature, str(error), "Give a number from 0 to 100,000,000,000, with at most 6 decimals"))
    if problems:
        raise InputError(problems)
    return units


def _units(typed: object) -> Decimal:
    number = parse_decimal(number_text(typed) or "0" if isinstance(typed, str) else typed)
    if number < 0:
        raise ValueError(f"{plain(number)} is negative" if number > -UNITS_MAX else "the number is negative")
    if number > UNITS_MAX:
        raise ValueError("the number is too large")
    if decimal_places(number) > MICRO_DECIMALS:
        raise ValueError(f"the number has {decimal_places(number)} decimals")
    return number


def one_month(catalog: Catalog, candidates: Sequence[Candidate], units: Mapping[str, Decimal]) -> Replay:
    """A customer's first month on each candidate, with so many units of each feature used on its first day.

    A month of thirty days; features with no units are left out. Where every candidate is weekly the units are spread over
    the weeks by their days, as no single week has to bear a whole month. Raises InputError as `replay`.
    """
    asked = {feature: amount for feature, amount in units.items() if amount > 0} or dict.fromkeys(list(units)[:1], Decimal(0))
    weekly = all(interval_of(catalog, candidate) == "weekly" for candidate in candidates)
    span = (MONTH.end - MONTH.start).days
    days = list(range(0, span, WEEK_DAYS)) if weekly else [0]
    shares = [Fraction(min(day + WEEK_DAYS, span), span) for day in days] if weekly else [Fraction(1)]
    return _replayed(catalog, candidates, MONTH, [asked], [day_number(MONTH.start) + day for day in days], shares)


def one_year(catalog: Catalog, candidate: Candidate, levels: Sequence[Mapping[str, Decimal]]) -> Run:
    """A year of one candidate for a customer per level (units per feature and month), the same usage every month.

    On a weekly plan 52 weeks, with 12/52 of a month's units each. Raises InputError where an amount would be too large.
    """
    if interval_of(catalog, candidate) == "weekly":
        window, first, parts = WEEKS, day_number(WEEKS.start), WEEKS_IN_YEAR
        days = [first + WEEK_DAYS * week for week in range(WEEKS_IN_YEAR)]
    else:
        window, parts = YEAR, MONTHS_IN_YEAR
        days = [day_number(date(YEAR.start.year, month, 1)) for month in range(1, MONTHS_IN_YEAR + 1)]
    shares = [Fraction(MONTHS_IN_YEAR * part, parts) for part in range(1, parts + 1)]
    return _replayed(catalog, [candidate], window, levels, days, shares).runs[0]


def monthly_cost(year_minor: int, currency: str) -> Decimal:
    """A twelfth of what a year cost in minor units, as an amount rounded half up."""
    return rounded(Fraction(year_minor, MONTHS_IN_YEAR), minor_decimals(currency))


def refused_units(run: Run) -> np.ndarray:
    """bool, one per customer: some units were refused."""
    timeline = run.timeline
    customers = timeline.segment_customers[timeline.cell_segments]
    return sum_by_index(customers, (run.cell_blocked_units > 0).astype(np.int64), run.customer_count) > 0


def quotes(catalog: Catalog, candidates: Sequence[Candidate], units: Mapping[str, Decimal]) -> list[Quote]:
    """Every candidate at one usage, in their order; `units` of a month per feature. Raises InputError as `replay`."""
    return [_quote(catalog, candidate, units) for candidate in candidates]


def _lines(run: Run) -> tuple[QuoteLine, ...]:
    """The month's invoice lines; what was bought of one pack on several invoices is one line."""
    lines: dict[tuple[str, str, int], QuoteLine] = {}
    for place, row in enumerate(tables.invoice_lines(run).to_pylist()):
        bought = row["kind"] in ("credit_pack", "top_up")
        key = (row["kind"], row["item"], -1 if bought else place)
        earlier = lines.get(key)
        quantity, amount = (earlier.quantity, earlier.amount) if earlier else (Decimal(0), Decimal(0))
        lines[key] = QuoteLine(row["kind"], row["item"], row["quantity"] + quantity, row["unit_price"], row["amount"] + amount)
    return tuple(lines.values())


def _quote(catalog: Catalog, candidate: Candidate, units: Mapping[str, Decimal]) -> Quote:
    year = one_year(catalog, candidate, [units])
    run = one_month(catalog, [_alone(catalog, candidate, last_plans(year)[0])], units).runs[0]
    return Quote(
        candidate=candidate.name,
        plan=run.plan_code,
        model=run.plan.consumption_model,
        interval=run.interval,
        lines=_lines(run),
        first_month=decimal_of(int(run.customer_billed.sum()), minor_decimals(catalog.currency)),
        monthly_cost=monthly_cost(int(year.customer_billed[0]), catalog.currency),
        allowances=_allowances(run),
        refusals=_refusals(run),
        line_up=plans_of(catalog, candidate) if candidate.group is not None else (),
    )


def last_plans(run: Run) -> list[str]:
    """Per customer the plan that it ends on, which in made-up usage is the one that it is on throughout."""
    return [run.stages[stage].plan or run.plan_code for stage in run.customer_last_stages.tolist()]


def _alone(catalog: Catalog, candidate: Candidate, plan: str) -> Candidate:
    """A line-up's candidate on one of its plans alone; a candidate on a plan as it is."""
    if candidate.group is None:
        return candidate
    usual = {
        key: Candidate.model_fields[key].default for key in ("group", "choose", "blocked_share_max", "upgrade_after_periods")
    }
    interval = None if catalog.plans[plan].free else candidate.interval
    return candidate.model_copy(update=usual | {"plan": plan, "interval": interval})


def _allowances(run: Run) -> tuple[Allowance, ...]:
    periods = tables.periods(run).to_pylist()
    match run.plan.consumption_model:
        case "metered":
            return _included_units(run, len(periods))
        case "credits":
            columns = ("credits", "plan_credits_granted", "plan_credits_used")
        case "balance":
            columns = ("balance", "balance_granted", "balance_used")
    of, granted, used = columns
    granted_all = sum((period[granted] for period in periods), Decimal(0))
    return (Allowance(of, granted_all, min(granted_all, sum((period[used] for period in periods), Decimal(0)))),)


def _included_units(run: Run, period_count: int) -> tuple[Allowance, ...]:
    """The included units of features that are used; what goes beyond them uses none."""
    assert isinstance(run.plan, MeteredPlan)
    within: dict[str, Decimal] = {}
    for cell in tables.feature_periods(run).to_pylist():
        within[cell["feature"]] = within.get(cell["feature"], Decimal(0)) + cell["served"] - cell["overage_units"]
    terms = {feature: run.plan.features[feature] for feature in within if feature in run.plan.features}
    return tuple(
        Allowance(feature, terms[feature].included * period_count, within[feature])
        for feature in terms
        if terms[feature].included > 0 and not terms[feature].unlimited
    )


def _refusals(run: Run) -> tuple[Refusal, ...]:
    asked: dict[str, Decimal] = {}
    refused: dict[str, Decimal] = {}
    reasons: dict[str, RefusalReason] = {}
    for cell in tables.feature_periods(run).to_pylist():
        feature = cell["feature"]
        asked[feature] = asked.get(feature, Decimal(0)) + cell["demanded"]
        refused[feature] = refused.get(feature, Decimal(0)) + cell["blocked"]
        if cell["blocked"] > 0:
            reasons[feature] = cell["blocked_reason"]
    return tuple(Refusal(feature, asked[feature], refused[feature], reason) for feature, reason in reasons.items())


def interval_of(catalog: Catalog, candidate: Candidate) -> Interval | None:
    """The billing interval of a candidate, of a line-up that of its lowest plan with a price; None where all are free."""
    intervals = [catalog.plans[code].default_interval() for code in plans_of(catalog, candidate)]
    return candidate.interval or next((interval for interval in intervals if interval is not None), None)


def made_up_usage(levels: Sequence[Mapping[str, Decimal]], days: Sequence[int], shares: Sequence[Fraction]) -> Usage:
    """A customer per level, numbered in their order, with a row per day and feature.

    days: day numbers. shares: how much of a level's units is used up to and with each day, ascending; whole units stay
    whole, so that the rows of a feature add up exactly to the last share of its units.
    """
    features = list(dict.fromkeys(feature for level in levels for feature in level)) or [""]
    if max((amount for level in levels for amount in level.values()), default=Decimal(0)) > LEVEL_MAX:
        raise too_much("this usage")
    values = np.array(
        [[_spread(micros(level.get(feature, Decimal(0))), shares) for feature in features] for level in levels], np.int64
    ).transpose(0, 2, 1)
    count = len(days) * len(features)
    columns = [
        pa.DictionaryArray.from_arrays(
            pa.array(np.repeat(np.arange(len(levels), dtype=np.int32), count)),
            pa.array([f"{customer:06d}" for customer in range(len(levels))]),
        ).cast(pa.string()),
        pa.array(np.tile(np.repeat(np.array(days) * DAY, len(features)), len(levels))).cast(pa.timestamp("us", tz="UTC")),
        pa.array(features * (len(levels) * len(days)), pa.string()),
        pa.array(values.reshape(-1)),
    ]
    return Usage.from_table(pa.Table.from_arrays(columns, schema=EVENT_SCHEMA))


def _spread(units_micros: int, shares: Sequence[Fraction]) -> list[int]:
    """So many micros on each of several days; whole units where there are only such."""
    step = MICROS if units_micros % MICROS == 0 else 1
    reached = [units_micros * share.numerator // (share.denominator * step) * step for share in shares]
    return [after - before for before, after in zip([0, *reached], reached, strict=False)]


def _replayed(
    catalog: Catalog,
    candidates: Sequence[Candidate],
    window: Window,
    levels: Sequence[Mapping[str, Decimal]],
    days: Sequence[int],
    shares: Sequence[Fraction],
) -> Replay:
    scenario = Scenario.model_validate(
        {
            "catalog": _without_trials(catalog),
            "window": window.model_dump(),
            "rows": "aggregate",
            "start": "window",
            "candidates": [_certain(candidate).model_dump() for candidate in candidates],
        }
    )
    try:
        return replay(scenario, made_up_usage(levels, days, shares))
    except InputError as error:
        names = " and ".join(repr(candidate.name) for candidate in candidates)
        raise too_much(f"this usage under {names}") from error


def _without_trials(catalog: Catalog) -> Catalog:
    """The catalog for customers who pay: a trial would be a month of its own kind, without price and overage."""
    paid = {code: plan.model_copy(update={"trial_days": None}) for code, plan in catalog.plans.items()}
    return catalog.model_copy(update={"plans": paid})


def too_much(what: str) -> InputError:
    """The error of amounts that are larger than what can be held."""
    return InputError.of("usage", f"{what} is more than the simulator can hold", "Give smaller numbers or lower prices")


def _certain(candidate: Candidate) -> Candidate:
    """The candidate for a customer who buys whenever the rule lets them: a quote leaves nothing to chance.

    Of a line-up it is of the plan that suits the usage best, however its customers choose.
    """
    always = {"probability": Decimal(1)}
    top_up = candidate.top_up and candidate.top_up.model_copy(update=always)
    purchases = candidate.purchases.model_copy(update=always)
    return candidate.model_copy(update={"purchases": purchases, "top_up": top_up, "choose": "cheapest"})


def rounded_units(units: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Units per feature with two digits that count, whole where they are one or more: figures to begin with, easy to change."""
    return {feature: _two_digits(amount) for feature, amount in units.items()}


def _two_digits(amount: Decimal) -> Decimal:
    if amount == 0:
        return amount
    exponent = amount.adjusted() - 1
    return amount.quantize(Decimal(1).scaleb(max(-MICRO_DECIMALS, exponent if amount < 1 else max(0, exponent))), ROUND_HALF_UP)
