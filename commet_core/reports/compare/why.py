"""Why one customer pays more here than there, in one sentence: the kinds of line that differ, the largest first."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.decide.bridge import LINE_STEPS
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import by_kind, told_by_kind
from commet_core.foundation.arrow import amount_type
from commet_core.foundation.formats import percent
from commet_core.foundation.money import compared, decimal_of, format_amount, minor_decimals
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.foundation.wording import listed

_NAMES = {"base": "the base price", "packs": "credit packs", "discounts": "the offer", "credits": "credit for unused days"}


class _Held(NamedTuple):
    """A customer's runs under a candidate and under the baseline, and its place in both.

    told: whether its amounts are in the reporting currency, as it would be billed in two different ones.
    """

    run: Run
    baseline: Run
    place: int
    told: bool


def why(replayed: Replay, candidate: str, customer_id: str) -> str:
    """`acme pays $12.30 more under Credits than under Metered: credit packs add $32.00, overage takes off $19.70.`

    Against the baseline, in the customer's currency. Raises KeyError where the customer was not replayed.
    """
    held = _held(replayed, candidate, customer_id)
    baseline, currency = held.baseline.candidate.name, replayed.currency if held.told else held.run.currency
    parts = _parts(held, currency)
    stands, than = compared(sum(parts.values(), Decimal(0)), Decimal(0), currency).rsplit(" ", 1)
    said = f": {_because(parts, currency)}" if any(parts.values()) else ", line by line"
    return f"{customer_id} pays {stands} under {candidate} {than} under {baseline}{said}{_refused(held)}."


def what_differs(replayed: Replay, candidate: str, customer_id: str) -> str:
    """The same without what stands beside it in a table: `Credit packs add $32.00, overage takes off $19.70.`"""
    held = _held(replayed, candidate, customer_id)
    currency = replayed.currency if held.told else held.run.currency
    said = _because(_parts(held, currency), currency) or "the same, line by line"
    return f"{said[0].upper()}{said[1:]}{_refused(held)}."


def _because(parts: dict[str, Decimal], currency: str) -> str:
    """What the kinds of line add and take off, the largest first; '' where none does."""
    total = sum(parts.values(), Decimal(0))
    ordered = sorted((item for item in parts.items() if item[1]), key=lambda item: (item[1] * total < 0, -abs(item[1])))
    said = [
        f"{name} {'adds' if amount > 0 else 'takes off'} {format_amount(abs(amount), currency)}" for name, amount in ordered
    ]
    said = [words.replace("packs adds", "packs add").replace("packs takes", "packs take") for words in said]
    return listed(said)


def _parts(held: _Held, currency: str) -> dict[str, Decimal]:
    """What each kind of line adds, by its name in a sentence."""
    now, before = (
        (told_by_kind(run) if held.told else by_kind(run, run.bill.lines.amounts))[:, held.place]
        for run in (held.run, held.baseline)
    )
    more = now - before
    named = {kind for kinds in LINE_STEPS.values() for kind in kinds}
    steps = LINE_STEPS | {LINE_KINDS[kind].replace("_", " "): (kind,) for kind in range(len(LINE_KINDS)) if kind not in named}
    decimals = minor_decimals(currency)
    return {_NAMES.get(step, step): decimal_of(int(more[list(kinds)].sum()), decimals) for step, kinds in steps.items()}


def _held(replayed: Replay, candidate: str, customer_id: str) -> _Held:
    own, base = replayed.scenario.place_of(candidate), replayed.scenario.baseline_index()
    for runs in replayed.runs_by_customers():
        place = _place(runs[own], customer_id)
        if place is not None:
            return _Held(runs[own], runs[base], place, runs[own].currency != runs[base].currency)
    raise KeyError(customer_id)


def _place(run: Run, customer_id: str) -> int | None:
    """The customer's place in the timeline; None where it is not in it."""
    index = run.usage.customer_index(customer_id)
    places = np.flatnonzero(run.timeline.customers == index)
    return int(places[0]) if index >= 0 and len(places) else None


def _refused(held: _Held) -> str:
    """What the customer is refused under the candidate, where it is more than under the baseline."""
    refused, before = (int(each.customer_blocked_events[held.place]) for each in (held.run, held.baseline))
    asked = int(held.run.by_customer(held.run.segment_events)[held.place])
    if refused <= before:
        return ""
    return f"; and {percent(Fraction(refused, asked))} of what it asked for is refused"


def side_by_side(replayed: Replay, customer_id: str) -> pa.Table:
    """One customer under every candidate: candidate, billed, difference (to the baseline), events, refused_events, why (what differs)."""
    place, baseline = _held(replayed, replayed.baseline.candidate.name, customer_id).place, replayed.baseline
    rows = []
    for run in replayed.runs:
        billed, decimals = int(run.customer_billed[place]), minor_decimals(replayed.currency)
        more = billed - int(baseline.customer_billed[place])
        rows.append(
            {
                "candidate": run.candidate.name,
                "billed": decimal_of(billed, decimals),
                "difference": decimal_of(more, decimals),
                "events": int(run.by_customer(run.segment_events)[place]),
                "refused_events": int(run.customer_blocked_events[place]),
                "why": "" if run is baseline else what_differs(replayed, run.candidate.name, customer_id),
            }
        )
    kinds = {"candidate": pa.string(), "billed": amount_type(replayed.currency), "difference": amount_type(replayed.currency)}
    kinds |= {"events": pa.int64(), "refused_events": pa.int64(), "why": pa.string()}
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))
