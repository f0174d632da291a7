"""The rules of the three models as formulas of a spreadsheet: from the usage of a period to what is due for it.

They hold for a quote: usage is taken at once at the start of a period, one feature after the other in the quote's order, and
customers buy whenever the rule lets them (billing-rules 4, 5, 6). A formula is a text without its equals sign. Numbers of a
spreadsheet are binary: a product is rounded to PLACES before it is rounded to the minor unit, so that half a cent is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from commet_core.catalog.overage import Overage
from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan
from commet_core.foundation.money import minor_decimals
from commet_core.reports.quotation.quotation import Bill
from commet_core.scenario.candidates import Purchases

PLACES: Final = 8
NO_LIMIT: Final = 1_000_000_000


@dataclass
class Working:
    """The columns of a sheet that works a period out, in order, each a head and a formula of its row.

    Formulas name other columns of their row as `{name}`, of the row before as `{name.before}` (0 in the first), and terms,
    cells that hold for all rows, as `{name}` too.
    """

    terms: dict[str, tuple[str, Decimal | int]] = field(default_factory=dict)
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    tables: dict[str, tuple[str, list[Decimal]]] = field(default_factory=dict)

    def term(self, name: str, head: str, number: Decimal | int) -> str:
        self.terms[name] = (head, number)
        return f"{{{name}}}"

    def table(self, name: str, head: str, numbers: list[Decimal]) -> str:
        """Numbers one below the other, named as a whole."""
        self.tables[name] = (head, numbers)
        return f"{{{name}}}"

    def column(self, name: str, head: str, formula: str) -> str:
        self.columns[name] = (head, formula)
        return f"{{{name}}}"


def can_be_worked_out(catalog: Catalog, bill: Bill) -> bool:
    """Whether formulas hold for a plan: not where it has seats, quota, add-ons or terms that few plans have (billing-rules 10, 15)."""
    plan, candidate = catalog.plans[bill.plan], bill.candidate
    caps = plan.spend_cap is not None or candidate.spend_cap is not None
    expiring = plan.sells == "packs" and any(pack.expires_after_days for pack in catalog.packs_on(bill.plan).values())
    terms = (plan.levels, candidate.addons, plan.minimum_commitment, plan.rolls_over, plan.billing_day)
    return not (any(terms) or caps or expiring)


def working(catalog: Catalog, bill: Bill, features: Sequence[str], names: Callable[[str], str]) -> Working:
    """The columns of one plan; the last two are `usage`, charged at the period's end, and `bought`, at its start.

    features: those of the quote, whose units are the columns `units:CODE`. names: what they are called.
    """
    made, places = Working(), minor_decimals(catalog.currency)
    plan = catalog.plans[bill.plan]
    had = [feature for feature in features if feature in plan.features and not plan.features[feature].unlimited]
    match plan:
        case MeteredPlan():
            _metered(made, plan, had, names, places)
        case CreditsPlan():
            _credits(made, catalog, plan, bill, had, names, places)
        case BalancePlan():
            _balance(made, plan, bill, had, names, places)
    return made


def _units(feature: str) -> str:
    return f"{{units:{feature}}}"


def _added(parts: Sequence[str]) -> str:
    return "+".join(parts) or "0"


def _metered(made: Working, plan: MeteredPlan, had: Sequence[str], names: Callable[[str], str], places: int) -> None:
    """Billing-rules 4.2 and 4.3, and 7.1: on a free plan nothing is charged."""
    amounts = []
    for number, feature in enumerate(had):
        terms = plan.features[feature]
        included = made.term(f"included{number}", f"{names(feature)}: included", terms.included)
        if terms.overage is None or plan.free:
            refused = f"IF({_units(feature)}>{included},{_units(feature)}-INT({included}),0)"
            made.column(f"refused{number}", f"{names(feature)}: not served", refused)
            continue
        beyond = made.column(f"beyond{number}", f"{names(feature)}: beyond", f"MAX(0,ROUND({_units(feature)}-{included},6))")
        lines = _overage(made, terms.overage, str(number), names(feature), beyond, places)
        amounts.append(made.column(f"amount{number}", f"{names(feature)}: amount", _added(lines)))
    made.column("usage", "Usage", _added(amounts))
    made.column("bought", "Bought", "0")


def _overage(made: Working, overage: Overage, number: str, name: str, beyond: str, places: int) -> list[str]:
    """What the invoice lines of units beyond what is included come to (billing-rules 4.2, 15.1), a formula for each."""
    if overage.package_size is not None:
        size = made.term(f"size{number}", f"{name}: units in a package", overage.package_size)
        price = made.term(f"price{number}", f"{name}: price of a package", overage.package_price or Decimal(0))
        return [_line(f"ROUNDUP(ROUND({beyond}/{size},9),0)", price, places)]
    if overage.tiers is None:
        price = made.term(f"price{number}", f"{name}: unit price", overage.unit_price or Decimal(0))
        return [_line(beyond, price, places)]
    lines, lower = [], "0"
    for place, tier in enumerate(overage.tiers, start=1):
        price = made.term(f"price{number}t{place}", f"{name}: unit price of tier {place}", tier.unit_price or Decimal(0))
        flat = made.term(f"flat{number}t{place}", f"{name}: fee of tier {place}", tier.flat_amount or Decimal(0))
        upper = beyond
        if tier.up_to is not None:
            upper = made.term(f"up_to{number}t{place}", f"{name}: last unit of tier {place}", tier.up_to)
        units = f"ROUND(MAX(0,MIN({beyond},{upper})-{lower}),6)"
        if overage.tiers_mode == "volume":
            units = f"IF(AND({beyond}>{lower},{beyond}<={upper}),{beyond},0)"
        units = made.column(f"units{number}t{place}", f"{name}: units of tier {place}", units)
        lines += [_line(units, price, places), f"IF({units}>0,ROUND({flat},{places}),0)"]
        lower = upper
    return lines


def _line(units: str, price: str, places: int) -> str:
    return f"ROUND(ROUND({units}*{price},{PLACES}),{places})"


def _credits(
    made: Working, catalog: Catalog, plan: CreditsPlan, bill: Bill, had: Sequence[str], names: Callable[[str], str], places: int
) -> None:
    """Billing-rules 5.2, 5.3 and 5.6: plan credits first, then packs, which stay."""
    plan_left = made.term("granted", "Plan credits a period", plan.included_credits)
    purchased = "{purchased.before}"
    buys = _packs(made, catalog, bill)
    amounts: list[str] = []
    packs_bought: list[str] = []
    for number, feature in enumerate(had):
        per_unit = plan.features[feature].credits_per_unit or Decimal(0)
        if per_unit == 0:
            continue
        each = made.term(f"each{number}", f"{names(feature)}: credits a unit", per_unit)
        name = f"{names(feature)}: "
        cost = made.column(f"cost{number}", f"{name}credits", f"ROUND({_units(feature)}*{each},6)")
        bought = "0"
        if buys:
            left = f"({{packs_max}}-({_added(packs_bought)}))"
            bought, amount, packs = _buying(made, number, name, f"ROUND({cost}-{plan_left}-{purchased},6)", left, places)
            amounts.append(amount)
            packs_bought.append(packs)
        room = f"ROUND({plan_left}+{purchased}+{bought},6)"
        part = f"ROUND(INT(ROUND({room}/{each},9))*{each},6)"
        served = made.column(f"served{number}", f"{name}served", f"IF({cost}<={room},{cost},{part})")
        after = made.column(f"plan{number}", f"{name}plan credits left", f"MAX(0,ROUND({plan_left}-{served},6))")
        left_over = f"ROUND({purchased}+{bought}-({served}-({plan_left}-{after})),6)"
        purchased = made.column(f"packs{number}", f"{name}pack credits left", left_over)
        plan_left = after
    made.column("purchased", "Pack credits left", purchased)
    made.column("usage", "Usage", "0")
    made.column("bought", "Bought", _added(amounts))


def _packs(made: Working, catalog: Catalog, bill: Bill) -> bool:
    """Writes down the packs that the rule may buy, smallest first; whether there are any."""
    rule: Purchases = bill.candidate.purchases
    sold = catalog.packs_on(bill.plan)
    packs = [sold[code] for code in sorted(sold, key=lambda code: (sold[code].credits, sold[code].price))]
    if rule.pack != "smallest_sufficient":
        packs = [sold[rule.pack]] if rule.pack in sold else []
    if not packs or rule.max_packs_per_period == 0:
        return False
    largest = next(pack for pack in packs if pack.credits == packs[-1].credits)
    made.term(
        "packs_max", "Packs a period, at most", NO_LIMIT if rule.max_packs_per_period is None else rule.max_packs_per_period
    )
    made.term("large_credits", "Largest pack: credits", largest.credits)
    made.term("large_price", "Largest pack: price", largest.price)
    made.table("pack_credits", "Credits of packs", [pack.credits for pack in packs])
    made.table("pack_prices", "Prices of packs", [pack.price for pack in packs])
    return True


def _buying(made: Working, number: int, name: str, shortfall: str, left: str, places: int) -> tuple[str, str, str]:
    """Billing-rules 5.6: as many of the largest pack as the shortfall fills, then the smallest that covers the rest.

    The credits bought, what they cost, and how many packs they are.
    """
    short = made.column(f"short{number}", f"{name}credits short", f"MAX(0,{shortfall})")
    full = made.column(f"full{number}", f"{name}full packs", f"MAX(0,ROUNDUP(ROUND({short}/{{large_credits}},9),0)-1)")
    over = f"{full}+1>{left}"
    large = made.column(f"large{number}", f"{name}largest packs", f"IF({short}=0,0,IF({over},MIN({full},{left}),{full}))")
    small = made.column(f"small{number}", f"{name}smaller packs", f"IF({short}=0,0,IF({over},0,1))")
    rest = f"ROUND({short}-{full}*{{large_credits}},6)"
    place = made.column(
        f"place{number}", f"{name}which", f"MIN(ROWS({{pack_credits}}),SUMPRODUCT(--({{pack_credits}}<{rest}))+1)"
    )
    bought = f"{large}*{{large_credits}}+{small}*INDEX({{pack_credits}},{place})"
    cost = f"ROUND({large}*{{large_price}},{places})+ROUND({small}*INDEX({{pack_prices}},{place}),{places})"
    credits_bought = made.column(f"bought{number}", f"{name}credits bought", bought)
    return credits_bought, made.column(f"paid{number}", f"{name}packs", cost), f"{large}+{small}"


def _balance(
    made: Working, plan: BalancePlan, bill: Bill, had: Sequence[str], names: Callable[[str], str], places: int
) -> None:
    """Billing-rules 6.2, 6.3 and 6.5."""
    granted = made.term("granted", "Balance a period", plan.granted(bill.interval))
    costs = []
    for number, feature in enumerate(had):
        price = made.term(f"price{number}", f"{names(feature)}: unit price", plan.features[feature].unit_price or Decimal(0))
        cost = f"ROUND({_units(feature)}*{price},{PLACES})"
        costs.append(made.column(f"cost{number}", f"{names(feature)}: cost", cost))
    if not plan.blocks:
        beyond = f"ROUND(MAX(0,ROUND({_added(costs)}-{granted},{PLACES})),{places})"
        made.column("usage", "Usage", beyond)
        made.column("bought", "Bought", "0")
        return
    left = granted
    amounts: list[str] = []
    times_before: list[str] = []
    top_up = bill.candidate.top_up
    if top_up is not None:
        most = NO_LIMIT if top_up.max_per_period is None else top_up.max_per_period
        made.term("top_up", "Top-up", top_up.amount)
        made.term("top_ups_max", "Top-ups a period, at most", most)
    for number, feature in enumerate(had):
        name, bought, price = f"{names(feature)}: ", "0", f"{{price{number}}}"
        if top_up is not None:
            needed = f"ROUNDUP(ROUND(MAX(0,ROUND({costs[number]}-{left},{PLACES}))/{{top_up}},9),0)"
            allowed = f"({{top_ups_max}}-({_added(times_before)}))"
            times = made.column(f"times{number}", f"{name}top-ups", f"MIN({needed},{allowed})")
            times_before.append(times)
            bought = f"{times}*{{top_up}}"
            amounts.append(f"ROUND({bought},{places})")
        room = f"ROUND({left}+{bought},{PLACES})"
        part = f"ROUND(INT(ROUND({room}/MAX({price},0.000000001),9))*{price},{PLACES})"
        served = made.column(f"served{number}", f"{name}served", f"IF({costs[number]}<={room},{costs[number]},{part})")
        left = made.column(f"left{number}", f"{name}balance left", f"ROUND({left}+{bought}-{served},{PLACES})")
    made.column("usage", "Usage", "0")
    made.column("bought", "Bought", _added(amounts))
