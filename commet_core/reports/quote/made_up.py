"""Made-up usage of one customer, replayed: a month, or a year of equal months. Nothing is left to chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.engine.monthly_costs import MONTHS_IN_YEAR, WEEKS_IN_YEAR
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY, WEEK_DAYS, day_number
from commet_core.foundation.days import UTC_NAME
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, micros, minor_decimals
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.window import Window
from commet_core.reports.compare import rounded
from commet_core.reports.quote.held import level_rows, refused_levels, used_and_held
from commet_core.reports.quote.units import UNITS_MAX
from commet_core.scenario.candidates import Candidate, plans_of
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import EVENT_SCHEMA, Usage

MONTH: Final = Window(start=date(2026, 6, 1), end=date(2026, 7, 1))
"""A month of thirty days."""
YEAR: Final = Window(start=date(2026, 1, 1), end=date(2027, 1, 1))
WEEKS: Final = Window(start=date(2026, 1, 1), end=date(2026, 12, 31))
"""52 whole weeks."""


LEVEL_MAX: Final = 10 * UNITS_MAX
"""The most units of a feature in a month of made-up usage; what was typed may grow tenfold along an axis."""


def one_month(catalog: Catalog, candidates: Sequence[Candidate], units: Mapping[str, Decimal]) -> Replay:
    """A customer's first month on each candidate, with so many units of each feature used on its first day.

    A month of thirty days, in which the same seats and quota are held; features with no units are left out. Where every candidate is weekly the units are spread over
    the weeks by their days, as no single week has to bear a whole month. Raises InputError as `replay`.
    """
    asked = {feature: amount for feature, amount in units.items() if amount > 0} or dict.fromkeys(list(units)[:1], Decimal(0))
    weekly = all(interval_of(catalog, candidate) == "weekly" for candidate in candidates)
    span = (MONTH.end - MONTH.start).days
    days = list(range(0, span, WEEK_DAYS)) if weekly else [0]
    shares = [Fraction(min(day + WEEK_DAYS, span), span) for day in days] if weekly else [Fraction(1)]
    return _replayed(catalog, candidates, MONTH, [asked], [day_number(MONTH.start) + day for day in days], shares)


def one_year(catalog: Catalog, candidates: Sequence[Candidate], levels: Sequence[Mapping[str, Decimal]]) -> dict[str, Run]:
    """By candidate a year for a customer per level (units per feature and month), the same usage every month.

    On a weekly plan 52 weeks, with 12/52 of a month's units each. Raises InputError where an amount would be too large.
    """
    weekly = [candidate for candidate in candidates if interval_of(catalog, candidate) == "weekly"]
    others = [candidate for candidate in candidates if candidate not in weekly]
    runs = [*_year_of(catalog, weekly, levels, in_weeks=True), *_year_of(catalog, others, levels, in_weeks=False)]
    return {run.candidate.name: run for run in runs}


def _year_of(
    catalog: Catalog, candidates: Sequence[Candidate], levels: Sequence[Mapping[str, Decimal]], *, in_weeks: bool
) -> Sequence[Run]:
    """The candidates' runs over the same usage. An error speaks of the first candidate that it is of."""
    if in_weeks:
        window, first, parts = WEEKS, day_number(WEEKS.start), WEEKS_IN_YEAR
        days = [first + WEEK_DAYS * week for week in range(WEEKS_IN_YEAR)]
    else:
        window, parts = YEAR, MONTHS_IN_YEAR
        days = [day_number(date(YEAR.start.year, month, 1)) for month in range(1, MONTHS_IN_YEAR + 1)]
    shares = [Fraction(MONTHS_IN_YEAR * part, parts) for part in range(1, parts + 1)]
    try:
        return _replayed(catalog, candidates, window, levels, days, shares).runs if candidates else ()
    except InputError:
        return [_replayed(catalog, [candidate], window, levels, days, shares).runs[0] for candidate in candidates]


def monthly_cost(year_minor: int, currency: str) -> Decimal:
    """A twelfth of what a year cost in minor units, as an amount rounded half up."""
    return rounded(Fraction(year_minor, MONTHS_IN_YEAR), minor_decimals(currency))


def refused_units(run: Run) -> np.ndarray:
    """bool, one per customer: some units, seats or quota were refused."""
    timeline = run.timeline
    customers = timeline.segment_customers[timeline.cell_segments]
    refused: np.ndarray = sum_by_index(customers, (run.cell_blocked_units > 0).astype(np.int64), run.customer_count) > 0
    return refused | refused_levels(run)


def last_plans(run: Run) -> list[str]:
    """Per customer the plan that it ends on, which in made-up usage is the one that it is on throughout."""
    return [run.stages[stage].plan or run.plan_code for stage in run.customer_last_stages.tolist()]


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
    units = np.array([[micros(level.get(feature, Decimal(0))) for feature in features] for level in levels], np.int64)
    values = _spread(units, shares).transpose(0, 2, 1)
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


def _spread(units: np.ndarray, shares: Sequence[Fraction]) -> np.ndarray:
    """int64 micros of any shape → the same with an axis more: so many on each day; whole units where there are only such."""
    above, below = np.array([share.as_integer_ratio() for share in shares], np.int64).T
    step = np.where(units % MICROS == 0, MICROS, 1)[..., np.newaxis]
    times, rest = np.divmod(units[..., np.newaxis] // step, below)
    # what does not fit into 64 bits wraps around, and the differences back
    reached = (times * above + rest * above // below) * step
    return np.diff(reached, axis=-1, prepend=0)


def _replayed(
    catalog: Catalog,
    candidates: Sequence[Candidate],
    window: Window,
    levels: Sequence[Mapping[str, Decimal]],
    days: Sequence[int],
    shares: Sequence[Fraction],
) -> Replay:
    used, held = used_and_held(catalog, levels)
    made_up = on_any_day(in_whole_months(without_trials(catalog)))
    scenario = Scenario.model_validate(
        {
            "catalog": made_up,
            "window": window.model_dump(),
            "rows": "aggregate",
            "start": "window",
            "levels": level_rows(held, window.start),
            "candidates": [certain(candidate, made_up).model_dump() for candidate in candidates],
        }
    )
    try:
        return replay(scenario, made_up_usage(used, days, shares))
    except InputError as error:
        names = " and ".join(repr(candidate.name) for candidate in candidates)
        raise too_much(f"this usage under {names}") from error


def without_trials(catalog: Catalog) -> Catalog:
    """The catalog for customers who pay: a trial, of a plan or of an offer, would be a month of its own kind, without price and overage.

    An offer that is a trial alone is left out. Their days are those of their usage, in UTC, whatever the catalog's time zone.
    """
    paid = {code: plan.model_copy(update={"trial_days": None}) for code, plan in catalog.plans.items()}
    offers = {code: offer.without_trial() for code, offer in catalog.offers.items()}
    left = {code: offer for code, offer in offers.items() if offer.phases != ()}
    return catalog.model_copy(update={"plans": paid, "offers": left, "time_zone": UTC_NAME})


def on_any_day(catalog: Catalog) -> Catalog:
    """The catalog for a month without a date: its offers may begin."""
    always = {"starts_at": None, "ends_at": None}
    return catalog.model_copy(
        update={"offers": {code: offer.model_copy(update=always) for code, offer in catalog.offers.items()}}
    )


def in_whole_months(catalog: Catalog) -> Catalog:
    """The catalog for bills of whole months: who begins on another day than the billing day pays a part of one first."""
    plans = {code: plan.model_copy(update={"billing_day": None}) for code, plan in catalog.plans.items()}
    return catalog.model_copy(update={"plans": plans})


def too_much(what: str) -> InputError:
    """The error of amounts that are larger than what can be held."""
    return InputError.of("usage", f"{what} is more than the simulator can hold", "Give smaller numbers or lower prices")


def certain(candidate: Candidate, catalog: Catalog) -> Candidate:
    """The candidate, on a catalog without trials, for a customer who buys whenever the rule lets them: a quote leaves nothing to chance.

    Of a line-up it is of the plan that suits the usage best, however its customers choose. Nobody is there yet to adopt a
    version: whoever asks says of which day the catalog is.
    """
    always = {"probability": Decimal(1)}
    top_up = candidate.top_up and candidate.top_up.model_copy(update=always)
    purchases = candidate.purchases.model_copy(update=always)
    offer = candidate.offer if candidate.offer in catalog.offers else None
    settled = {"purchases": purchases, "top_up": top_up, "offer": offer, "choose": "cheapest", "versions": ()}
    return candidate.model_copy(update=settled)
