"""Terms, values, targets and points in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from commet_core.decide.points import Point
from commet_core.decide.targets import Target
from commet_core.decide.terms import Term
from commet_core.foundation.formats import percent, percent_exact
from commet_core.foundation.money import format_amount, format_short, plain
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.wording import capitalized, interval_noun, listed

INTERVALS: dict[str, Interval] = {"weekly": "weekly", "monthly": "monthly", "quarterly": "quarterly", "yearly": "yearly"}


def value_words(term: Term, value: Decimal, currency: str) -> str:
    """A value as it is read in a sentence: `$59 a month`, `$0.05`, `1,500`, `20 %`."""
    interval = INTERVALS.get(term.keys[-1])
    return bare_value(term, value, currency) + ("" if interval is None else f" a {interval_noun(interval)}")


def bare_value(term: Term, value: Decimal, currency: str) -> str:
    """A value where its term stands beside it: `$59`."""
    if term.kind == "money":
        return format_short(value, currency)
    return percent_exact(value) if term.kind == "share" else plain(value)


def short_words(term: Term, value: Decimal, currency: str) -> str:
    """A value with what tells its term from others: `monthly $59`, `included credits 1,500`, `small price $16`."""
    place = {"credit_packs": term.keys[1:], "plans": term.keys[3:] if len(term.keys) > 4 else term.keys[-1:]}
    name = " ".join(place.get(term.keys[0], term.keys[-1:])).replace("_", " ")
    return f"{name} {bare_value(term, value, currency)}"


def term_label(term: Term, plan: str | None) -> str:
    """What a control of a term is called: `Monthly price of Pro`. plan: the only one of a candidate, which is left out."""
    words = term.words.removeprefix("the ")
    if plan is not None and term.keys[0] == "plans":
        words = words.removesuffix(f" of {plan}").removesuffix(f" on {plan}")
    return capitalized(words)


def target_label(target: Target, baseline: str, currency: str) -> str:
    """The same as `target_words`, as a control is called: `Revenue of Metered (within 0.5 %)`, `Margin at least 60 %`."""
    bound = "" if target.bound is None else format_short(target.bound, currency)
    share = "" if target.bound is None else percent_exact(target.bound)
    match target.measure:
        case "revenue":
            within = f" (within {percent_exact(target.within)})" if target.relation == "=" and target.within else ""
            return f"Revenue {'of' if target.relation == '=' else 'at least'} {bound or baseline}{within}"
        case "margin":
            return f"Margin at least {bound}"
        case "margin_share":
            return f"Margin at least {share}"
        case "customers_above":
            more = f"over {percent_exact(target.rise)} more" if target.rise else "more"
            return f"At most {share} pay {more}"
        case "blocked":
            return f"At most {share} refused"


def range_words(term: Term, low: Decimal, high: Decimal, currency: str) -> str:
    """A value, or `$56 to $61 a month`."""
    words = value_words(term, high, currency)
    if low == high:
        return words
    return f"{bare_value(term, low, currency)} to {words}"


def at_words(term: Term, values: str) -> str:
    """`at $59 a month` of a base price; of other terms with their name."""
    return f"at {values}" if _is_base_price(term) else f"with {term.words} at {values}"


def _is_base_price(term: Term) -> bool:
    return len(term.keys) == 4 and term.keys[2] == "prices" and term.keys[-1] in INTERVALS


def target_words(target: Target, baseline: str, currency: str) -> str:
    """What a candidate then does: `brings in what Metered does (within 0.5 %)`."""
    match target.measure:
        case "revenue":
            return _revenue_words(target, baseline, currency)
        case "margin":
            assert target.bound is not None
            return f"leaves a margin of at least {format_short(target.bound, currency)}"
        case "margin_share":
            assert target.bound is not None
            return f"leaves a margin of at least {percent_exact(target.bound)}"
        case "customers_above":
            assert target.bound is not None
            assert target.rise is not None
            more = "more" if target.rise == 0 else f"over {percent_exact(target.rise)} more"
            return f"lets at most {percent_exact(target.bound)} of customers pay {more}"
        case "blocked":
            assert target.bound is not None
            return f"refuses at most {percent_exact(target.bound)} of usage"


def _revenue_words(target: Target, baseline: str, currency: str) -> str:
    amount = None if target.bound is None else format_short(target.bound, currency)
    if target.relation == "=":
        within = f" (within {percent_exact(target.within)})" if target.within else ""
        return f"brings in {f'what {baseline} does' if amount is None else amount}{within}"
    return f"brings in at least {f'what {baseline} does' if amount is None else amount}"


def wanted_words(targets: Sequence[Target], baseline: str, currency: str) -> str:
    return listed([target_words(target, baseline, currency) for target in targets])


def revenue_words(point: Point, base: Point, baseline: str, currency: str) -> str:
    """`$20,732.00, 0.2 % less than Metered`."""
    amount, change = format_amount(point.revenue, currency), change_words(point, base)
    if not change:
        return amount
    return f"{amount}, {change} {'as' if point.revenue == base.revenue else 'than'} {baseline}"


def change_words(point: Point, base: Point) -> str:
    """What a point brings in against the baseline: `0.2 % less`, `the same`; nothing where the baseline brings in nothing."""
    if base.revenue == 0:
        return ""
    if point.revenue == base.revenue:
        return "the same"
    change = Fraction(point.revenue - base.revenue) / Fraction(base.revenue)
    return f"{percent(abs(change))} {'more' if change > 0 else 'less'}"


def point_words(point: Point, base: Point, baseline: str, currency: str, rise: Decimal) -> str:
    """What a point comes to, in one sentence that begins with `it`."""
    more = "more" if rise == 0 else f"over {percent_exact(rise)} more"
    said = [
        f"it brings in {revenue_words(point, base, baseline, currency)}",
        f"{percent(point.share_paying_more)} of customers pay {more}",
        f"the median customer pays {format_amount(point.median_cost, currency)} a month",
        f"{percent(point.blocked_share)} of usage is refused",
    ]
    if point.margin_share is not None:
        said.append(f"{percent(point.margin_share)} of revenue is margin")
    return listed(said) + "."
