"""The words of the field, each in a sentence: behind the "?" where a word first stands on a page, by `help=meaning("earned")`."""

from __future__ import annotations

from typing import Final

TERMS: Final = {
    "metered": "usage is counted; what goes beyond the included part is charged at the period's end, or refused.",
    "credits": "the plan brings credits every period, each use costs some; without any left, customers buy a pack or wait.",
    "balance": "customers pay an amount in advance and spend it at unit prices; then usage goes on as overage, or stops.",
    "base price": "what a plan costs every interval, whatever is used; paid in advance. A plan without one is free.",
    "included": "usage that the base price covers, anew every period.",
    "overage": "usage beyond what is included, charged at its own price when the period ends.",
    "period": "the month, or week on a weekly plan, after which what is included is reset.",
    "reset": "the moment at which a period ends and what is included begins anew; what was left lapses.",
    "pack": "credits that are bought beside the plan's; they stay at a reset.",
    "top-up": "an amount added to a balance that is used up.",
    "line-up": "plans of one kind among which customers choose, as Starter, Pro and Scale.",
    "candidate": "a plan or a line-up as it is compared, with its interval and what customers do.",
    "baseline": "the candidate that the others are set against.",
    "window": "the days that are replayed; usage outside does not count.",
    "billed": "invoices, counted on the day of their issue.",
    "earned": "what was served: base prices by the day, purchased credits and top-ups as used, overage as its period ends.",
    "outstanding": "billed and not earned yet: owed to customers in service.",
    "forfeited": "bought and lapsed unused at a reset.",
    "closing invoice": "bills the overage of periods still open as the window ends, only because it ends.",
    "median customer": "the one in the middle: half of the customers pay less a month, half more.",
    "margin": "revenue less what serving the usage costs.",
    "refused": "usage that a plan does not serve, as nothing was left, or as it is not in the plan.",
    "90 % range": "how far the difference could lie if the next customers are drawn from such as these: 9 times in 10 within.",
    "80 % range": "8 of 10 possible futures lie within, 1 below, 1 above.",
    "weak point": "the customers on whom the difference hangs, and whether it could as well be chance.",
    "flip point": "the value of an assumption or a price from which another candidate leads.",
    "robust": "leads in 244 of 256 joint samples or more, in which all assumptions move at once within their ranges; a share of those "
    "ranges, not a probability.",
    "record": "the method tried on past months whose outcome is known, as if it had been made then.",
    "coverage": "in how many of the tried months what came lay within the range; 80 % are meant to.",
    "WAPE": "the sum of all misses over the sum of what came: 3 % is off by 3 in 100.",
    "concentration": "which share of usage the largest customers make.",
    "live bill": "an invoice of one made-up customer with the usage that is typed, replayed as any other.",
    "cost of a move": "what a way gives up: grandfathering, caps, days, top-ups and credits that were paid for and not used.",
    "payback": "the first day from which more is earned than by staying, costs taken off, on every later day of the window.",
    "price curve": "what a month costs at every level of usage, candidate by candidate.",
}
"""Term → what follows it and a colon, in one sentence."""


def meaning(*terms: str) -> str:
    """What terms mean, a paragraph each, as Markdown."""
    return "\n\n".join(f"**{term[:1].upper()}{term[1:]}**: {TERMS[term]}" for term in terms)
