"""The steps of a bridge in a reader's words: what a term is called, and what it changes from and to."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from commet_core.catalog.plans import Catalog
from commet_core.decide.bridge import Step
from commet_core.decide.changed_terms import BY_PLACE
from commet_core.foundation.money import format_short
from commet_core.foundation.wording import listed

_OF_FEATURE: Final = {
    "": "{feature}",
    "included": "included {feature}",
    "overage": "overage price of {feature}",
    "overage.unit_price": "overage price of {feature}",
    "unit_price": "price of {feature}",
    "credits_per_unit": "credits per {feature}",
    "margin": "margin on {feature}",
}
_OF_CANDIDATE: Final = {
    "interval": "billing interval",
    "purchases.pack": "packs that are bought",
    "purchases.max_packs_per_period": "most packs a period",
    "purchases.probability": "share who buy packs",
    "top_up": "top-ups",
    "top_up.amount": "amount of a top-up",
    "top_up.max_per_period": "most top-ups a period",
    "top_up.probability": "share who top up",
    "block_on_exhaustion": "refusing when the balance is used up",
}
_MONEY: Final = ("unit_price", "included_balance", "weekly", "monthly", "quarterly", "yearly", "one_time")
"""The last key of a term whose value is an amount."""


def step_name(step: Step, catalog: Catalog) -> str:
    """`monthly price`, `included Image`, `packs`: terms that change together are joined."""
    return listed(list(dict.fromkeys(_name(term, catalog) for term in step.term.split("; "))))


def step_values(step: Step, catalog: Catalog) -> tuple[str, str]:
    """What it is before and after, amounts with their currency; empty of kinds of line."""
    currency = _currency_of(step.term, catalog)
    before, after = (_value(step.term, written, currency) for written in (step.before, step.after))
    return before, after


def step_words(step: Step, catalog: Catalog) -> str:
    """`monthly price ($19.99 to $15)`."""
    before, after = step_values(step, catalog)
    name = step_name(step, catalog)
    return name if step.before is None and step.after is None else f"{name} ({before or 'none'} to {after or 'none'})"


def _name(term: str, catalog: Catalog) -> str:
    first, *rest = term.split(".")
    if first != "plans" or len(rest) < 2:
        return _OF_CANDIDATE.get(term, _readable(term))
    code, key, *further = rest
    if key in BY_PLACE and further:
        what = _name(".".join(("plans", code, *further[1:])), catalog) if further[1:] else "prices"
        whole_price = further[1:2] == ["features"] and len(further) == len(("jpy", "features", "call"))
        return f"{f'price of {what}' if whole_price else what} in {_place(key, further[0], catalog)}"
    if key == "prices" and further:
        return f"{_readable(further[0]).replace('one time', 'one-time')} price"
    if key == "features" and further:
        code, last = further[0], ".".join(further[1:])
        feature = catalog.features[code].name or code if code in catalog.features else code
        return _OF_FEATURE.get(last, f"{_readable(last)} of {{feature}}").format(feature=feature)
    return _OF_CANDIDATE.get(key, _readable(key))


def _place(key: str, code: str, catalog: Catalog) -> str:
    """`JPY`, or a market's name."""
    return code.upper() if key == "currency_prices" else (catalog.markets[code].name if code in catalog.markets else "") or code


def _currency_of(term: str, catalog: Catalog) -> str:
    """That of a term's amounts."""
    _, _, key, place, *_ = [*term.split("."), "", "", "", ""]
    if key == "market_prices" and place in catalog.markets:
        return catalog.markets[place].currency
    return place if key == "currency_prices" else catalog.currency


def _value(term: str, written: str | None, currency: str) -> str:
    if written is None:
        return ""
    number = written.replace(",", "")
    if term.rsplit(".", 1)[-1] in _MONEY and number.replace(".", "", 1).isdigit():
        return format_short(Decimal(number), currency)
    return written.replace(": ", " ").replace("_", " ")


def _readable(key: str) -> str:
    return key.replace("_", " ").replace(".", " ")
