"""Why one customer pays more here than there, in one sentence: the kinds of line that differ, the largest first."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from commet_core.decide.bridge import LINE_STEPS, lines_by_customer
from commet_core.engine.replay import Replay
from commet_core.foundation.arrow import amount_type
from commet_core.foundation.formats import percent
from commet_core.foundation.money import compared, decimal_of, format_amount, minor_decimals
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.foundation.wording import listed

_NAMES = {"base": "the base price", "packs": "credit packs", "discounts": "the offer", "credits": "credit for unused days"}


def why(replayed: Replay, candidate: str, customer_id: str) -> str:
    """`acme pays $12.30 more under Credits than under Metered: credit packs add $32.00, overage takes off $19.70.`

    Against the baseline. Raises KeyError where the customer was not replayed.
    """
    baseline, currency = replayed.baseline.candidate.name, replayed.currency
    parts = _parts(replayed, candidate, customer_id)
    total = sum(parts.values(), Decimal(0))
    stands = compared(total, Decimal(0), currency).removesuffix(" than")
    refused = _refused(replayed, candidate, customer_id)
    if not any(parts.values()):
        return f"{customer_id} pays the same under {candidate} as under {baseline}, line by line{refused}."
    if total == 0:
        stands = "the same"
    than = "as" if total == 0 else "than"
    ordered = sorted((item for item in parts.items() if item[1]), key=lambda item: (item[1] * total < 0, -abs(item[1])))
    said = [
        f"{name} {'adds' if amount > 0 else 'takes off'} {format_amount(abs(amount), currency)}" for name, amount in ordered
    ]
    said = [words.replace("packs adds", "packs add").replace("packs takes", "packs take") for words in said]
    return f"{customer_id} pays {stands} under {candidate} {than} under {baseline}: {listed(said)}{refused}."


def _parts(replayed: Replay, candidate: str, customer_id: str) -> dict[str, Decimal]:
    """What each kind of line adds, by its name in a sentence."""
    place = _place(replayed, customer_id)
    more = (
        lines_by_customer(replayed, candidate)[:, place]
        - lines_by_customer(replayed, replayed.baseline.candidate.name)[:, place]
    )
    named = {kind for kinds in LINE_STEPS.values() for kind in kinds}
    steps = LINE_STEPS | {LINE_KINDS[kind].replace("_", " "): (kind,) for kind in range(len(LINE_KINDS)) if kind not in named}
    decimals = minor_decimals(replayed.currency)
    return {_NAMES.get(step, step): decimal_of(int(more[list(kinds)].sum()), decimals) for step, kinds in steps.items()}


def _place(replayed: Replay, customer_id: str) -> int:
    """The customer's place in the timeline."""
    run = replayed.runs[0]
    places = run.timeline.customers.tolist()
    index = run.usage.customer_index(customer_id)
    if index not in places:
        raise KeyError(customer_id)
    return places.index(index)


def _refused(replayed: Replay, candidate: str, customer_id: str) -> str:
    """What the customer is refused under the candidate, where it is more than under the baseline."""
    place, run = _place(replayed, customer_id), replayed.run(candidate)
    refused, before = (int(each.customer_blocked_events[place]) for each in (run, replayed.baseline))
    asked = int(run.by_customer(run.segment_events)[place])
    if refused <= before:
        return ""
    return f"; and {percent(Fraction(refused, asked))} of what it asked for is refused"


def side_by_side(replayed: Replay, customer_id: str) -> pa.Table:
    """One customer under every candidate: candidate, billed, difference (to the baseline), events, refused_events, why (a sentence)."""
    place, baseline = _place(replayed, customer_id), replayed.baseline
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
                "why": "" if run is baseline else why(replayed, run.candidate.name, customer_id),
            }
        )
    kinds = {"candidate": pa.string(), "billed": amount_type(replayed.currency), "difference": amount_type(replayed.currency)}
    kinds |= {"events": pa.int64(), "refused_events": pa.int64(), "why": pa.string()}
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))
