"""A quote's made-up customers, replayed: the assumed usage, none at all, and every draw."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY, WEEK_DAYS, date_of, day_number, period_day
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, decimal_of
from commet_core.foundation.window import Window
from commet_core.reports.quotation.possible_usage import PossibleUsage
from commet_core.reports.quotation.quote_file import QuoteFile
from commet_core.reports.quote.made_up import certain, interval_of, too_much, without_trials
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import EVENT_SCHEMA, Usage

NOTHING: Final = "nothing"
"""What usage there is of a quote that assumes none."""


def term(quote: QuoteFile) -> Window:
    """The months of the term; `end` is the day after its last."""
    return Window(start=quote.start, end=date_of(month_days(quote)[-1]))


def month_days(quote: QuoteFile) -> list[int]:
    """The day numbers on which the months of the term begin, and the day after its last month (billing-rules 2.2)."""
    return [period_day(day_number(quote.start), month, weekly=False) for month in range(quote.term_months + 1)]


def is_weekly(catalog: Catalog, candidate: Candidate) -> bool:
    return interval_of(catalog, candidate) == "weekly"


def usage_days(quote: QuoteFile, weekly: bool) -> list[int]:
    """The day numbers on which usage is taken: the first of every month of the term, or of every week."""
    months = month_days(quote)
    return list(range(months[0], months[-1], WEEK_DAYS)) if weekly else months[:-1]


def units_on_days(quote: QuoteFile, units: np.ndarray, weekly: bool) -> np.ndarray:
    """int64 micros, … × usage_days × features, of those of months (… × months × features).

    A week has its share of a month's days; whole units stay whole, and the weeks add up to the months exactly.
    """
    if not weekly:
        return units
    months, weeks = month_days(quote), [*usage_days(quote, weekly=True), month_days(quote)[-1]]
    reached = np.stack([_reached(units, months, day) for day in weeks], axis=-2)
    return np.diff(reached, axis=-2)


def _reached(units: np.ndarray, months: Sequence[int], day: int) -> np.ndarray:
    """int64 micros, … × features: what is used before a day of the term."""
    month = max(place for place, first in enumerate(months) if first <= day)
    before = units[..., :month, :].sum(axis=-2)
    if month == units.shape[-2]:
        return before
    share = Fraction(day - months[month], months[month + 1] - months[month])
    current = units[..., month, :]
    step = np.where(current % MICROS == 0, MICROS, 1)
    return before + current // step * share.numerator // share.denominator * step


def bills(quote: QuoteFile, possible: PossibleUsage, candidate: Candidate) -> np.ndarray:
    """int64 minor units, one per draw, after that of the assumed usage and that of no usage at all."""
    none = np.zeros_like(possible.assumed)
    everybody = np.concatenate([possible.assumed[None], none[None], possible.draws])
    return replayed(quote, possible.features, everybody, candidate).runs[0].customer_billed


def assumed_run(quote: QuoteFile, possible: PossibleUsage, candidate: Candidate) -> Run:
    """One candidate over the assumed usage alone."""
    return replayed(quote, possible.features, possible.assumed[None], candidate).runs[0]


def unused_run(quote: QuoteFile, possible: PossibleUsage, candidate: Candidate) -> Run:
    """One candidate without any usage: what is due whatever is used."""
    return replayed(quote, possible.features, np.zeros_like(possible.assumed)[None], candidate).runs[0]


def replayed(quote: QuoteFile, features: Sequence[str], units: np.ndarray, candidate: Candidate) -> Replay:
    """One candidate over customers, numbered in their order. units: int64 micros, customers × months × features.

    Each month's usage is taken at once, on its first day; on a weekly plan each week's. Seats and quota change on the first day
    of a month. Customers buy packs and top-ups
    whenever the candidate's rule lets them, and a trial is before the term. Raises InputError where an amount is too large.
    """
    catalog = without_trials(quote.offered)
    weekly = is_weekly(catalog, candidate)
    held = [place for place, feature in enumerate(features) if feature in catalog.level_features]
    used = [place for place in range(len(features)) if place not in held]
    document = {
        "catalog": catalog,
        "window": term(quote).model_dump(),
        "rows": "aggregate",
        "start": "window",
        "levels": _levels(quote, [features[place] for place in held], units[..., held]),
        "candidates": [certain(candidate, catalog).model_dump()],
    }
    try:
        of_days = units_on_days(quote, units[..., used], weekly)
        usage = _usage([features[place] for place in used], of_days, usage_days(quote, weekly))
        return replay(Scenario.model_validate(document), usage)
    except InputError as error:
        raise too_much(f"this usage under {candidate.name!r}") from error


def _levels(quote: QuoteFile, features: Sequence[str], units: np.ndarray) -> tuple[LevelRow, ...]:
    """A row wherever seats or a quota change. units: int64 micros held, customers × months × features."""
    before = np.concatenate([np.zeros_like(units[:, :1]), units[:, :-1]], axis=1)
    days = [date_of(day).isoformat() for day in month_days(quote)]
    return tuple(
        LevelRow.model_construct(
            None,
            customer_id=f"{customer:06d}",
            at=days[month],
            feature=features[place],
            set=f"{decimal_of(int(units[customer, month, place]), MICRO_DECIMALS):f}",
        )
        for customer, month, place in np.argwhere(units != before).tolist()
    )


def _usage(features: Sequence[str], units: np.ndarray, days: Sequence[int]) -> Usage:
    """A row per customer, day and feature. units: int64 micros, customers × days × features."""
    customers, names = len(units), list(features) or [NOTHING]
    values = units if features else np.zeros((customers, len(days), 1), np.int64)
    rows = len(days) * len(names)
    columns = [
        pa.array(np.repeat([f"{customer:06d}" for customer in range(customers)], rows), pa.string()),
        pa.array(np.tile(np.repeat(np.array(days) * DAY, len(names)), customers)).cast(pa.timestamp("us", tz="UTC")),
        pa.array(names * (len(days) * customers), pa.string()),
        pa.array(values.reshape(-1)),
    ]
    return Usage.from_table(pa.Table.from_arrays(columns, schema=EVENT_SCHEMA))
