"""What a seller sees beside a quote, and a customer never: margin, floor price, what the discount costs, limits (sharing.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from commet_core.foundation.formats import percent, percent_exact
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, format_amount, minor_decimals, plain
from commet_core.foundation.wording import listed
from commet_core.reports.margin.cost import cost_to_serve, features_without_cost
from commet_core.reports.quotation.quotation import Bill, Quotation
from commet_core.reports.quotation.replaying import replayed
from commet_core.reports.quote.words import feature_name


@dataclass(frozen=True)
class SellersView:
    """Of one plan over the term, for the assumed usage.

    cost            what serving it costs the vendor, exact
    uncosted        features of which the catalog has no unit cost: they count as free
    margin          the share of the bill that is left; None where nothing is billed
    floor_price     the lowest bill with the least margin of the limits; None without that limit
    discount        what the discount takes off the term's bill
    discount_share  of the base price; 0 where there is none
    """

    bill: Bill
    cost: Decimal
    uncosted: tuple[str, ...]
    margin: Fraction | None
    floor_price: Decimal | None
    discount: Decimal
    discount_share: Fraction


def sellers_views(worked_out: Quotation) -> list[SellersView]:
    """One per bill, in their order."""
    return [_view(worked_out, bill) for bill in worked_out.bills]


def _view(worked_out: Quotation, bill: Bill) -> SellersView:
    quote, possible = worked_out.quote, worked_out.possible
    replay = replayed(quote, possible.features, possible.assumed[None], bill.candidate)
    cost = decimal_of(int(cost_to_serve(replay, replay.runs[0]).sum()), NANO_DECIMALS)
    uncosted = features_without_cost(replay, replay.runs[0]) if possible.features else []
    base = sum((due.base for due in bill.schedule), Decimal(0))
    discount = -sum((due.discount for due in bill.schedule), Decimal(0))
    return SellersView(
        bill=bill,
        cost=cost,
        uncosted=tuple(uncosted),
        margin=Fraction(bill.assumed - cost) / Fraction(bill.assumed) if bill.assumed else None,
        floor_price=_floor_price(worked_out, cost),
        discount=discount,
        discount_share=Fraction(discount) / Fraction(base) if base else Fraction(0),
    )


def _floor_price(worked_out: Quotation, cost: Decimal) -> Decimal | None:
    least = worked_out.quote.limits.margin_min
    if least is None or least >= 1:
        return None
    unit = Decimal(1).scaleb(-minor_decimals(worked_out.currency))
    return (cost / (1 - least)).quantize(unit, ROUND_CEILING)


def reasons_for_approval(worked_out: Quotation, views: list[SellersView]) -> list[str]:
    """Why the quote may not be sent before somebody approves of it; empty where it is within the limits."""
    return [reason for view in views for reason in _reasons(worked_out, view)]


def _reasons(worked_out: Quotation, view: SellersView) -> Iterator[str]:
    limits, name = worked_out.quote.limits, view.bill.candidate.name
    if limits.margin_min is not None and (view.margin is None or view.margin < Fraction(limits.margin_min)):
        left = "nothing is billed" if view.margin is None else f"the margin is {percent(view.margin)}"
        yield f"{name}: {left}, and the least is {percent_exact(limits.margin_min)}"
    most = limits.discount_percent_max
    if most is not None and view.discount_share * 100 > Fraction(most):
        yield f"{name}: the discount is {percent(view.discount_share)} of the base price, and the most is {plain(most)} %"


def sellers_words(worked_out: Quotation, view: SellersView) -> list[str]:
    currency = worked_out.currency
    margin = "" if view.margin is None else f", a margin of {percent(view.margin)}"
    sentences = [f"Serving the assumed usage costs {format_amount(view.cost, currency)}{margin}."]
    if view.uncosted:
        names = listed([feature_name(worked_out.quote.catalog, feature) for feature in view.uncosted])
        sentences.append(f"The catalog has no unit cost of {names}, which count as free.")
    if view.floor_price is not None:
        sentences.append(f"The least margin is reached at {format_amount(view.floor_price, currency)} over the term.")
    if view.discount:
        off = f"{format_amount(view.discount, currency)}, {percent(view.discount_share)} of the base price"
        sentences.append(f"The discount takes off {off}.")
    return sentences
