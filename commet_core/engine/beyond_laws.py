"""Laws of spend caps, minimum commitments and add-ons (billing-rules 14), one after the other: what must hold, and where it does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from commet_core.engine.run import Run
from commet_core.foundation.calendar import month_of, start_of_period
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days, day_start
from commet_core.foundation.money import minor_nanos, nanos
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.beyond import NO_CAP
from commet_core.rating.charges import amounts_minor, times_micros
from commet_core.timeline.add_on_spells import INACTIVE
from commet_core.timeline.stages import Stage, plan_on

ONE_MICROS = 10**6


def laws_of_segments(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """bool, one per segment."""
    if run.beyond is not None and bool((run.beyond.caps.amounts != NO_CAP).any()):
        yield "what a cap counts never exceeds it", _within_caps(run, run.beyond.caps.amounts)
    for per, reached in (("interval", _commitments_reached), ("term", _terms_reached)):
        amounts = np.array([_committed_minor(run, stage, per) for stage in run.stages], np.int64)
        if amounts.any() and run.timeline.segment_count > 0:
            yield f"a minimum commitment per {per} is reached", reached(run, run.timeline.of_segments(amounts))


def laws_of_cells(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """bool, one per cell."""
    if run.add_ons is not None:
        inactive = np.array([feature.endswith(INACTIVE) for feature in run.usage.features], bool)
        unserved = (run.admitted.cell_events == 0) & (run.admitted.cell_units == 0)
        yield "an add-on serves only while it is active", ~inactive[run.timeline.segments.cell_features] | unserved


def _within_caps(run: Run, caps: np.ndarray) -> np.ndarray:
    """Exact cost of overage and of what was bought by rule, not by actions (15.5). caps: int64 nanos, one per stage."""
    overage, bought = run.charged.overage, run.charged.purchases
    by_rule = np.flatnonzero(bought.events >= 0)
    count = run.timeline.segment_count
    counted = sum_by_index(overage.segments, times_micros(overage.quantities, overage.unit_prices), count)
    prices = times_micros(bought.quantities[by_rule], bought.unit_prices[by_rule])
    counted += sum_by_index(bought.segments[by_rule], prices, count)
    of_segments = run.timeline.of_segments(caps)
    within: np.ndarray = (of_segments == NO_CAP) | (counted <= of_segments)
    return within


def _committed_minor(run: Run, stage: Stage, per: str) -> int:
    """Of a whole billing interval that begins on a stage, or of a term; 0 where the commitment is for the other, and in a stub."""
    rule = (
        None
        if stage.plan is None or not stage.charged or stage.stub is not None
        else plan_on(run.catalog, stage).minimum_commitment
    )
    if rule is None or rule.per != per:
        return 0
    amount = np.array([nanos(rule.amount)], np.int64)
    return int(amounts_minor(np.array([ONE_MICROS], np.int64), amount, minor_nanos(run.currency))[0])


def _counted(run: Run) -> np.ndarray:
    """What segments are charged before discounts and customer credits: int64 minor units (15.4)."""
    return run.segment_billed - run.segment_discount - run.segment_credit - run.segment_customer_credit


def _commitments_reached(run: Run, committed: np.ndarray) -> np.ndarray:
    """Of whole intervals that nothing cuts short, from one base price to the end of what it is for (15.4).

    committed: int64 minor units, one per segment.
    """
    timeline, charged = run.timeline, _counted(run)
    begins = run.base.charged | np.append(True, timeline.segment_phases[1:] != timeline.segment_phases[:-1])
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], timeline.segment_count) - 1
    whole = run.base.charged[firsts] & (timeline.ends[lasts] == run.base.paid_until[firsts])
    whole &= np.minimum.reduceat(committed, firsts) == np.maximum.reduceat(committed, firsts)
    reached = ~whole | (np.add.reduceat(charged, firsts) >= committed[firsts])
    return np.repeat(reached, np.diff(np.append(firsts, timeline.segment_count)))


def _terms_reached(run: Run, committed: np.ndarray) -> np.ndarray:
    """Of whole terms in one stretch on a plan, of which no price pays for later days (15.4). committed: as above."""
    timeline, reached = run.timeline, np.ones(run.timeline.segment_count, bool)
    rules = [None if stage.plan is None else plan_on(run.catalog, stage).minimum_commitment for stage in run.stages]
    months = timeline.of_segments(np.array([0 if rule is None else rule.term_months or 0 for rule in rules], np.int64))
    spans = timeline.segment_phases, timeline.phases.sinces, timeline.starts, timeline.ends, timeline.days
    _check_terms(*spans, committed, months, _counted(run), run.base.charged, run.base.paid_until, reached)
    return reached


@compiled
def _check_terms(  # type: ignore[no-untyped-def]
    rows, sinces, starts, ends, calendar: Days, committed, months, counted, is_charged, paid_until, reached
):
    is_whole, amount, length, anchor, term, total, paid = False, 0, 0, 0, 0, 0, 0
    for segment in range(len(rows)):
        if segment == 0 or rows[segment] != rows[segment - 1]:
            anchor, term, total = sinces[rows[segment]], 0, 0
            amount, length = committed[segment], months[segment]
            is_whole = amount > 0 and is_charged[segment] and starts[segment] == day_start(calendar, anchor)
        is_whole = is_whole and committed[segment] == amount and months[segment] == length
        if not is_whole:
            continue
        if is_charged[segment]:
            paid = paid_until[segment]
        total += counted[segment]
        until = day_start(calendar, start_of_period(anchor, month_of(anchor), (term + 1) * length, False))
        if ends[segment] >= until:
            is_whole = ends[segment] == until and paid == until
            reached[segment] = not is_whole or total >= amount
            total, term = 0, term + 1
