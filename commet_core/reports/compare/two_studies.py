"""Two studies, or two revisions of one, in figures: what each candidate bills in the one and in the other."""

from __future__ import annotations

from decimal import Decimal

from commet_core.decide.bridge import Bridge
from commet_core.engine.replay import Replay
from commet_core.foundation.money import decimal_of, format_amount, format_signed, minor_decimals
from commet_core.reports.compare.summary import summarize

ABSENT = "–"


def billed_by_candidate(replayed: Replay) -> dict[str, Decimal]:
    """What each candidate bills over the window."""
    return {each.name: each.billed for each in summarize(replayed)}


def figure_rows(before: Replay, after: Replay) -> dict[str, list[str]]:
    """Columns of a table: every candidate of either, as it was, as it is, and the difference."""
    was, now = billed_by_candidate(before), billed_by_candidate(after)
    names = list(dict.fromkeys([*was, *now]))
    same_currency = before.currency == after.currency
    return {
        "Candidate": names,
        "Billed before": [format_amount(was[name], before.currency) if name in was else ABSENT for name in names],
        "Billed after": [format_amount(now[name], after.currency) if name in now else ABSENT for name in names],
        "Difference": [
            format_signed(now[name] - was[name], after.currency) if same_currency and name in was and name in now else ABSENT
            for name in names
        ],
    }


def rest_in_words(before: Replay, after: Replay, name: str, found: Bridge) -> str:
    """How much of a candidate's difference its terms make, and what is left for assumptions and usage; empty where nothing is."""
    whole = billed_by_candidate(after)[name] - billed_by_candidate(before)[name]
    of_terms = decimal_of(found.difference, minor_decimals(after.currency))
    if whole == of_terms:
        return ""
    rest, terms = format_signed(whole - of_terms, after.currency), format_signed(of_terms, after.currency)
    return (
        f"Of the difference of {format_signed(whole, after.currency)} the terms make {terms}, on the usage and the assumptions of the "
        f"second; the other {rest} come from the usage or the assumptions themselves."
    )
