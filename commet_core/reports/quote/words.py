"""Plans, bills and findings in words: what a founder would say about a plan, read back from the catalog."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, assert_never

from commet_core.catalog.features import Feature
from commet_core.catalog.offers import Offer, Step
from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan, Plan
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, MeteredTerms
from commet_core.foundation.money import format_short, plain
from commet_core.foundation.wording import (
    UNNAMED_UNIT,
    a_interval,
    capitalized,
    counted,
    each,
    interval_name,
    listed,
    plural,
    quantity,
    refusal_meaning,
)
from commet_core.reports.quote import Allowance, Quote, QuoteLine, Refusal
from commet_core.reports.quote.further_terms import expiry_in_words, further_terms_in_words
from commet_core.reports.quote.held_words import add_on_name, held_in_words
from commet_core.reports.quote.price_curve import CheapestRange, Crossing, Limit, PriceCurves
from commet_core.reports.statement.overage_words import overage_in_words, part_in_words
from commet_core.reports.statement.words import model_price_words
from commet_core.usage.tokens import EventTokens

CHEAPEST_TOLD: Final = 2
"""So many changes of which is cheapest stand in a title."""
STEPS_MAX: Final = 8
"""So many changes of plan along a curve are told one by one."""


def units_of(catalog: Catalog, feature: str, units: Decimal) -> str:
    """A number of a feature's units: `1 image`, `12,400 images`."""
    return quantity(units, _feature(catalog, feature).unit)


def level_of(catalog: Catalog, feature: str, units: Decimal) -> str:
    """A level of usage where nothing else says of which feature: `12,400 images`; `12,400 of Emails` where units have no name."""
    named = _feature(catalog, feature).unit != UNNAMED_UNIT
    return units_of(catalog, feature, units) if named else f"{plain(units)} of {feature_name(catalog, feature)}"


def _at_level(catalog: Catalog, feature: str, units: Decimal) -> str:
    """`12,400 images a month`; of seats and quota, which are held and not used up, `12 seats`."""
    return level_of(catalog, feature, units) + ("" if feature in catalog.level_features else " a month")


def feature_name(catalog: Catalog, code: str) -> str:
    return _feature(catalog, code).name or code


def plan_name(catalog: Catalog, code: str) -> str:
    return catalog.plans[code].name or code


def _feature(catalog: Catalog, code: str) -> Feature:
    return catalog.features.get(code) or Feature()


def prices_in_words(catalog: Catalog, plan: Plan) -> str:
    """`$99 a month or $990 a year`; `free`."""
    amounts = [f"{_money(catalog, amount)} {a_interval(interval)}" for interval, amount in plan.prices.items()]
    return " or ".join(amounts) or "free"


def plan_in_words(catalog: Catalog, code: str) -> str:
    """What a customer gets and pays on a plan, in sentences."""
    plan = catalog.plans[code]
    prices = prices_in_words(catalog, plan)
    sentences = [f"{capitalized(prices)}{_allowance(catalog, plan)}"]
    sentences += [f"{feature_name(catalog, feature)}: {_terms(catalog, plan, feature)}" for feature in plan.features]
    sentences += held_in_words(catalog, plan)
    if not (plan.features or plan.levels or plan.switches):
        sentences.append("It has no features yet, so all usage is refused")
    afterwards = [*_afterwards(catalog, code), *further_terms_in_words(catalog, plan)]
    return ". ".join([*sentences, *afterwards, *_trial(plan)]) + "."


def _trial(plan: Plan) -> list[str]:
    """What a trial gives (billing-rules 7.2)."""
    if plan.trial_days is None:
        return []
    stops = "" if isinstance(plan, CreditsPlan) else ", and usage stops at what is included"
    days = "first day is" if plan.trial_days == 1 else f"first {plan.trial_days} days are"
    return [f"The {days} a free trial: no base price{stops}"]


def offer_in_words(catalog: Catalog, offer: Offer) -> str:
    """`20 % off the base price, for the first 3 charges`; of several phases one after the other."""
    steps, days = offer.steps(catalog.currency), offer.trial_days
    first = [f"{counted(days, 'day')} free of charge"] if days else []
    said = [_step_in_words(catalog, step, "the first" if place == 0 else "the next") for place, step in enumerate(steps)]
    return ", then ".join([*first, *said])


def _step_in_words(catalog: Catalog, step: Step, which: str) -> str:
    if step.kind == "percentage":
        off = f"{plain(step.number)} % off the base price"
    else:
        amount = _money(catalog, step.number)
        off = f"{amount} in place of the base price" if step.kind == "fixed_price" else f"{amount} off the base price"
    if step.cycles is None:
        return f"{off}, for ever" if which == "the first" else f"{off} from then on"
    return f"{off}, for {which} {'charge' if step.cycles == 1 else counted(step.cycles, 'charge')}"


def _allowance(catalog: Catalog, plan: Plan) -> str:
    if isinstance(plan, CreditsPlan):
        return f" with {plain(plan.included_credits)} credits{_every(plan)}"
    if isinstance(plan, BalancePlan):
        granted = plan.granted(plan.default_interval())
        return f" with a balance of {_money(catalog, granted)}{_every(plan)}"
    return ""


def _period(plan: Plan) -> str:
    """What allowances are renewed with (billing-rules 2.3)."""
    return "week" if plan.default_interval() == "weekly" else "month"


def _every(plan: Plan) -> str:
    """How often an allowance is renewed, where the price does not say it already."""
    period = _period(plan)
    return "" if list(plan.prices) == [f"{period}ly"] else f" every {period}"


def _terms(catalog: Catalog, plan: Plan, feature: str) -> str:
    terms, unit = plan.features[feature], _feature(catalog, feature).unit
    if terms.unlimited:
        return "unlimited"
    if isinstance(terms, CreditsTerms):
        return f"{quantity(terms.credits_per_unit or Decimal(0), 'credit')} {each(unit)}"
    if isinstance(terms, BalanceTerms) and terms.by_tokens:
        return f"{margin_in_words(terms)} {each(unit)}"
    if isinstance(terms, BalanceTerms):
        return f"{_money(catalog, terms.unit_price or Decimal(0))} {each(unit)}"
    return _metered_terms(catalog, plan, terms, feature)


def margin_in_words(terms: BalanceTerms) -> str:
    """What a request costs where its AI model sets the price: `AI model price + 20 %`."""
    return model_price_words(terms.margin or Decimal(0))


def _metered_terms(catalog: Catalog, plan: Plan, terms: MeteredTerms, feature: str) -> str:
    unit = _feature(catalog, feature).unit
    included = f"{units_of(catalog, feature, terms.included)} included{_every(plan)}"
    if terms.overage is None or plan.free:
        stop = "then usage stops" + (", as on every free plan" if terms.overage is not None else "")
        return f"{included}, {stop}" if terms.included else "nothing included, so all of it is refused"
    price = overage_in_words(terms.overage, unit, catalog.currency)
    return f"{included}, then {price}" if terms.included else price


def _afterwards(catalog: Catalog, code: str) -> list[str]:
    """What happens when the allowance is used up."""
    plan = catalog.plans[code]
    if isinstance(plan, MeteredPlan):
        return []
    if isinstance(plan, CreditsPlan):
        choice = "customers buy a pack or wait" if catalog.packs_on(code) else "usage stops until"
        return [f"When the credits are used up, {choice} {'for ' if catalog.packs_on(code) else ''}the next {_period(plan)}"]
    if plan.blocks:
        return [f"When the balance is used up, customers top it up or wait for the next {_period(plan)}"]
    return [f"When the balance is used up, usage goes on and is charged at the end of the {_period(plan)}"]


def request_in_words(request: EventTokens) -> str:
    """`1,000 tokens in, 500 out, to anthropic/claude-sonnet-4-5`."""
    cached = f" (of which {request.cache_read:,} from the cache)" if request.cache_read else ""
    return f"{request.input:,} tokens in{cached}, {request.output:,} out, to {request.model}"


def line_in_words(catalog: Catalog, quote: Quote, line: QuoteLine) -> str:
    match line.kind:
        case "discount":
            return f"Offer: {catalog.offers[line.item].name or line.item}"
        case "promo_code_discount":
            return f"Promo code {line.item}"
        case "plan_base":
            return f"Base price, {interval_name(quote.interval)}"
        case "feature_overage":
            part = part_in_words(line.tier, line.charge)
            return f"{feature_name(catalog, line.item)} beyond what is included{_packages(catalog, quote, line)}{part and f', {part}'}"
        case "balance_overage":
            return "Usage beyond the balance"
        case "credit_pack":
            pack = catalog.credit_packs[line.item]
            return f"{pack.name or line.item}, {plain(pack.credits)} credits{expiry_in_words(pack)}"
        case "top_up":
            return "Top-up of the balance"
        case "credit":
            return f"{plan_name(catalog, line.item)}: unused days given back"
        case "feature_seats" | "feature_quota":
            when = "from when they were added" if line.charge == "true_up" else "in advance"
            return f"{feature_name(catalog, line.item)} beyond what is included, {when}"
        case "addon_base":
            return f"Add-on {add_on_name(catalog, line.item)}"
        case "commitment":
            return "What the minimum commitment was short of"
    assert_never(line.kind)


def _packages(catalog: Catalog, quote: Quote, line: QuoteLine) -> str:
    """Where a line counts packages, how many units each has."""
    terms = catalog.plans[quote.plan].features.get(line.item)
    size = None if terms is None or terms.overage_price is None else terms.overage_price.package_size
    return "" if size is None else f", in packages of {units_of(catalog, line.item, size)}"


def allowance_in_words(catalog: Catalog, allowance: Allowance) -> str:
    """How much of an allowance is used: `53 of 150 images`, `660 of 1,500 credits`, `$8.25 of $20 of balance`."""
    if allowance.unit is not None:
        money = allowance.unit == "money"
        used, granted = (_money(catalog, each) if money else plain(each) for each in (allowance.used, allowance.granted))
        return f"{used} of {granted} {allowance.of} used"
    used = f"{plain(allowance.used)} of {units_of(catalog, allowance.of, allowance.granted)} included"
    return f"{feature_name(catalog, allowance.of)}: {used}"


def refusal_in_words(catalog: Catalog, refusal: Refusal) -> str:
    """What a plan refuses, and why."""
    name, asked = feature_name(catalog, refusal.feature), units_of(catalog, refusal.feature, refusal.asked_units)
    match refusal.reason:
        case "not_in_plan":
            return f"{name}: the plan does not have it, all {asked} are refused"
        case "allowance_exhausted" if refusal.feature in catalog.level_features:
            return f"{name}: {plain(refusal.refused_units)} of {asked} are refused, as the plan has no more"
        case "allowance_exhausted":
            return f"{name}: {plain(refusal.refused_units)} of {asked} are refused, as the allowance is used up"
        case "paused" | "not_subscribed" | "spend_cap":
            return f"{name}: {plain(refusal.refused_units)} of {asked} are refused, {refusal_meaning(refusal.reason)}"
    assert_never(refusal.reason)


def crossing_in_words(catalog: Catalog, crossing: Crossing, feature: str) -> str:
    """`From 12,400 images a month Credits is cheaper than Metered.`"""
    return f"From {_at_level(catalog, feature, crossing.units)} {crossing.cheaper} is cheaper than {crossing.dearer}."


def limit_in_words(catalog: Catalog, limit: Limit, feature: str) -> str:
    """Where a candidate begins to refuse usage, and why."""
    start = f"From {_at_level(catalog, feature, limit.units)} {limit.candidate} refuses part of the usage"
    if limit.lacking:
        names = ", ".join(feature_name(catalog, lacking) for lacking in limit.lacking)
        return f"{start}: {'none of its plans has' if limit.line_up else 'its plan does not have'} {names}."
    why = "on the plan that suits best there" if limit.line_up else "its allowance is used up"
    return f"{start}{',' if limit.line_up else ':'} {why}."


def course_in_words(catalog: Catalog, curves: PriceCurves, line_up: str) -> str:
    """`Metered line-up: Starter, from 800 images a month Pro.`"""
    feature, first = curves.axis.feature, plan_name(catalog, curves.points[line_up][0].plan)
    switches = [switch for switch in curves.switches if switch.candidate == line_up]
    if not switches:
        return f"{line_up}: {first} throughout."
    steps = [f"from {_at_level(catalog, feature, each.units)} {plan_name(catalog, each.plan)}" for each in switches]
    more = [f"and {len(steps) - STEPS_MAX} more changes"] if len(steps) > STEPS_MAX else []
    return f"{line_up}: {', '.join([first, *steps[:STEPS_MAX], *more])}."


def cheapest_row(stretch: CheapestRange) -> tuple[str, str]:
    """Two levels of usage, and which candidates cost least between them: `0 to 100`, `A and B`."""
    first, last = plain(stretch.first_units), plain(stretch.last_units)
    levels = f"{first} to {last}" if first != last else last
    return levels, listed(stretch.candidates) if stretch.candidates else "none: each refuses part of it"


def curve_title(catalog: Catalog, curves: PriceCurves) -> str:
    """Which candidate is cheapest where: `Metered is cheapest up to 480 images a month, from 481 Credits`."""
    first, *others = curves.cheapest
    begins, until = _cheapest(curves, first), f"up to {_at_level(catalog, curves.axis.feature, first.last_units)}"
    begins = f"{begins[:1].upper()}{begins[1:]}" if not first.candidates or _same(curves, first) else begins
    if not others:
        return f"{begins} {'at every level ' if first.candidates else ''}{until}"
    names = [listed(stretch.candidates) or "no candidate" for stretch in others[:CHEAPEST_TOLD]]
    if _same(curves, first):
        names[0] = _cheapest(curves, others[0])
    steps = [f"from {plain(stretch.first_units)} {name}" for stretch, name in zip(others, names, strict=False)]
    more = [f"then {counted(len(others) - len(steps), 'more change')}"] if len(others) > len(steps) else []
    return f"{begins} {until}, {', '.join([*steps, *more])}"


def curve_title_at(catalog: Catalog, curves: PriceCurves, units: Decimal | None) -> str:
    """Who is cheapest at one level: `At the typical 53 images a month Credits is cheapest`; of all levels where there is none.

    units: the level, which the curve may not reach. Of a candidate alone there is no cheapest, only how far the curve goes.
    """
    if len(curves.points) == 1:
        (name,) = curves.points
        most = max(point.units for point in curves.points[name])
        return f"What {name} costs up to {_at_level(catalog, curves.axis.feature, most)}"
    at = next((each for each in curves.cheapest if units is not None and each.first_units <= units <= each.last_units), None)
    if at is None or units is None:
        return curve_title(catalog, curves)
    where = f"At the typical {_at_level(catalog, curves.axis.feature, units)}"
    return f"{where} {_cheapest(curves, at)}"


def _cheapest(curves: PriceCurves, stretch: CheapestRange) -> str:
    """`Credits and Balance are cheapest`."""
    if not stretch.candidates:
        return "no candidate serves all"
    if _same(curves, stretch):
        return "all cost the same"
    return f"{listed(stretch.candidates)} {'are' if len(stretch.candidates) > 1 else 'is'} cheapest"


def _same(curves: PriceCurves, stretch: CheapestRange) -> bool:
    """Whether several candidates, and all there are, cost least."""
    return len(stretch.candidates) == len(curves.points) > 1


def axis_title(catalog: Catalog, feature: str) -> str:
    """What a price curve goes along: `images a month`; of seats and quota, which are held, `seats`."""
    return plural(_feature(catalog, feature).unit) + ("" if feature in catalog.level_features else " a month")


def _money(catalog: Catalog, amount: Decimal) -> str:
    return format_short(amount, catalog.currency)
