"""Subscription rows → actions, cell by cell: what is wrong is said for every row, and the other rows go on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple, get_args

from pydantic import TypeAdapter, ValidationError

from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.catalog.plans import Catalog
from commet_core.foundation.days import Days
from commet_core.foundation.documents import PositiveAmount, PositiveQuantity, unknown_name
from commet_core.foundation.money import micros, nanos, parse_decimal
from commet_core.foundation.vocabulary import ACTIONS, ADJUSTED, ADJUSTED_IN_MONEY, INTERVALS, ActionKind, Interval
from commet_core.scenario.subscriptions import Action, RowProblem, SubscriptionRow, micros_of
from commet_core.scenario.subscriptions.cells import level_amount_problems, moment_of, time_problems

_AMOUNT: TypeAdapter[Decimal] = TypeAdapter(PositiveAmount)
_CREDITS: TypeAdapter[Decimal] = TypeAdapter(PositiveQuantity)

CELLS_OF: dict[ActionKind, frozenset[str]] = {
    "start": frozenset({"plan", "interval", "item", "promo_code", "market"}),
    "change_plan": frozenset({"plan", "interval", "item", "when"}),
    "cancel": frozenset({"when"}),
    "pause": frozenset(),
    "resume": frozenset(),
    "reactivate": frozenset({"item"}),
    "buy_pack": frozenset({"item"}),
    "top_up": frozenset({"amount"}),
    "adjust": frozenset({"item", "amount"}),
    "apply_offer": frozenset({"item"}),
    "adopt_version": frozenset({"item", "when"}),
    "set_level": frozenset({"item", "amount"}),
    "change_level": frozenset({"item", "amount"}),
    "activate_add_on": frozenset({"item"}),
    "end_add_on": frozenset({"item"}),
    "customer_credit": frozenset({"amount", "until"}),
    "grant": frozenset({"plan", "until", "cycles"}),
    "end_grant": frozenset(),
}
"""What each action can say beside customer, time, action and candidate."""

AMOUNTS: dict[ActionKind, str] = {"top_up": "added to the balance", "customer_credit": "granted"}
"""Actions with an amount above 0, and what becomes of it."""

CYCLES_MAX = 10_000

ACTIONS_WITH_OFFER = ("start", "change_plan", "reactivate", "apply_offer")
"""Their `item` is an offer."""


class Checked(NamedTuple):
    """Actions of each customer in the order in which they take effect, and what is wrong with rows.

    `left_out`: the customers of rows with a problem; they have no actions here.
    """

    actions: dict[str, list[Action]]
    problems: list[RowProblem]
    left_out: frozenset[str]


def check_rows(rows: Iterable[SubscriptionRow], catalog: Catalog, candidates: Collection[str]) -> Checked:
    """Every row by itself (interfaces.md), against the catalog and the candidates' names."""
    problems: list[RowProblem] = []
    actions: dict[str, list[Action]] = {}
    for row in rows:
        found = list(_problems_of(row, catalog, candidates))
        if found:
            problems += found
        else:
            actions.setdefault(row.customer_id, []).append(_action(row, catalog.days))
    left_out = frozenset(problem.row.customer_id for problem in problems)
    sound = {
        customer: sorted(own, key=lambda action: action.at) for customer, own in actions.items() if customer not in left_out
    }
    return Checked(sound, problems, left_out)


def _problems_of(row: SubscriptionRow, catalog: Catalog, candidates: Collection[str]) -> Iterator[RowProblem]:
    if not row.customer_id:
        yield RowProblem(row, "customer_id", "is empty", "Say whose action this is")
    yield from time_problems(row, catalog.days)
    if row.candidate and row.candidate not in candidates:
        yield _unknown(row, "candidate", "candidate", candidates)
    if row.action not in ACTIONS:
        what = f"{row.action!r} is not an action" if row.action else "is empty"
        yield RowProblem(row, "action", what, f"Use {', '.join(ACTIONS[:-1])} or {ACTIONS[-1]}")
        return
    for column in ("plan", "interval", "item", "amount", "when", "promo_code", "until", "cycles", "market"):
        if getattr(row, column) and column not in CELLS_OF[_kind(row)]:
            yield RowProblem(row, column, f"{row.action} takes no {column}", "Leave it empty")
            return
    yield from _name_problems(row, catalog)
    if row.action in AMOUNTS:
        yield from _amount_problems(row, AMOUNTS[_kind(row)])
    if row.action == "adjust":
        yield from _adjustment_problems(row)
    if row.action in ("set_level", "change_level"):
        yield from _level_problems(row, catalog)
    if row.until:
        yield from _until_problems(row, catalog.days)
    if row.cycles and not (row.cycles.isascii() and row.cycles.isdigit() and 0 < int(row.cycles[:9]) < CYCLES_MAX):
        yield RowProblem(row, "cycles", f"{row.cycles!r} is not a number of cycles", f"Give 1 to {CYCLES_MAX - 1:,}")
    if row.cycles and row.until:
        yield RowProblem(row, "cycles", "the row says until when it lasts too", "Keep one of until and cycles")
    choices = ("now", "next_cycle") if row.action == "adopt_version" else ("now", "period_end")
    if row.when not in ("", *choices):
        yield RowProblem(row, "when", f"{row.when!r} is not one of the choices", f"Use {choices[0]} or {choices[1]}")


def _name_problems(row: SubscriptionRow, catalog: Catalog) -> Iterator[RowProblem]:
    if row.plan and row.plan not in catalog.plans:
        yield _unknown(row, "plan", "plan", catalog.plans)
    if row.interval and row.interval not in INTERVALS:
        what = f"{row.interval!r} is not an interval"
        yield RowProblem(row, "interval", what, f"Use {', '.join(INTERVALS[:-1])} or {INTERVALS[-1]}")
    if row.action in ("change_plan", "grant") and not row.plan:
        fix = "Say to which plan" + (": the present one, if only the interval changes" if row.interval else "")
        yield RowProblem(row, "plan", "is empty", fix if row.action == "change_plan" else "Say which plan is granted")
    if row.action == "buy_pack" and not row.item:
        yield RowProblem(row, "item", "is empty", "Say which credit pack is bought")
    elif row.action == "buy_pack" and row.item not in catalog.credit_packs:
        yield _unknown(row, "item", "credit pack", catalog.credit_packs)
    if row.action in ("activate_add_on", "end_add_on"):
        if not row.item:
            yield RowProblem(row, "item", "is empty", "Say which add-on")
        elif row.item not in catalog.addons:
            yield _unknown(row, "item", "add-on", catalog.addons)
    if row.market and row.market not in catalog.markets:
        yield _unknown(row, "market", "market", catalog.markets)
    if row.promo_code and row.promo_code not in catalog.promo_codes:
        yield _unknown(row, "promo_code", "promo code", catalog.promo_codes)
    elif row.promo_code and row.item:
        yield RowProblem(row, "promo_code", "the row names an offer too", "Keep one of item and promo_code")
    if row.action == "apply_offer" and not row.item:
        yield RowProblem(row, "item", "is empty", "Say which offer begins with the next charge")
    elif row.action in ACTIONS_WITH_OFFER and row.item and row.item not in catalog.offers:
        yield _unknown(row, "item", "offer", catalog.offers)


def _until_problems(row: SubscriptionRow, days: Days) -> Iterator[RowProblem]:
    try:
        until, at = moment_of(row.until, days), moment_of(row.at, days)
    except ValueError:
        yield RowProblem(row, "until", f"{row.until!r} is not a time", "Write a date or a time in UTC, for example 2026-01-31")
        return
    if until <= at:
        yield RowProblem(row, "until", f"{row.until!r} is not after {row.at!r}", "Let it end later")


def _amount_problems(row: SubscriptionRow, what: str) -> Iterator[RowProblem]:
    if not row.amount:
        yield RowProblem(row, "amount", "is empty", f"Say how much is {what}")
    elif wrong := _wrong_with(_AMOUNT, row.amount):
        yield RowProblem(row, "amount", *wrong)


def _wrong_with(kind: TypeAdapter[Decimal], number: str) -> tuple[str, str] | None:
    """What is wrong with a number, and what would be right."""
    try:
        kind.validate_python(number)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        return str(context["what"]), str(context["fix"])
    return None


def _adjustment_problems(row: SubscriptionRow) -> Iterator[RowProblem]:
    """What is given to or taken from, and how much: below zero where it is taken (billing-rules 8.6)."""
    if row.item not in ADJUSTED:
        what = f"{row.item!r} cannot be adjusted" if row.item else "is empty"
        yield RowProblem(row, "item", what, f"Use {', '.join(ADJUSTED[:-1])} or {ADJUSTED[-1]}")
    if not row.amount:
        yield RowProblem(row, "amount", "is empty", "Say how much is given, below zero how much is taken")
    elif wrong := _wrong_with(_AMOUNT if row.item in ADJUSTED_IN_MONEY else _CREDITS, row.amount.removeprefix("-")):
        what, fix = wrong
        yield RowProblem(row, "amount", what, fix if row.amount[0] != "-" else f"{fix}, after the minus sign")


def _level_problems(row: SubscriptionRow, catalog: Catalog) -> Iterator[RowProblem]:
    """Of which seats or quota, and how many (billing-rules 10.4)."""
    feature = catalog.features.get(row.item)
    if feature is None:
        unknown = unknown_name("item", "feature", row.item, catalog.level_features)
        yield RowProblem(row, "item", unknown.what if row.item else "is empty", unknown.fix)
    elif feature.type not in LEVEL_TYPES:
        what, fix = f"feature {row.item!r} is no level: its type is {feature.type}", "Name seats or a quota"
        yield RowProblem(row, "item", what, fix)
    elif not row.amount:
        yield RowProblem(row, "amount", "is empty", "Say how many are held, or by how many they change")
    else:
        signed = row.action == "change_level"
        yield from (
            RowProblem(row, "amount", what, fix) for what, fix in level_amount_problems(row.amount, feature.type, signed=signed)
        )


def _unknown(row: SubscriptionRow, column: str, what: str, known: Iterable[str]) -> RowProblem:
    found = unknown_name(column, what, getattr(row, column), list(known))
    return RowProblem(row, column, found.what, found.fix)


def _kind(row: SubscriptionRow) -> ActionKind:
    return ACTIONS[ACTIONS.index(row.action)]


def _action(row: SubscriptionRow, days: Days) -> Action:
    kind, at = _kind(row), micros_of(moment_of(row.at, days))
    return Action(
        at=days.start(days.of(at)) if kind == "start" else at,
        kind=kind,
        plan=row.plan,
        interval=_interval(row.interval),
        item=row.item,
        amount=_amount(row),
        at_period_end=row.when != "now",
        candidate=row.candidate,
        row=row,
        promo_code=row.promo_code,
        adopts_now=row.when == "now",
        cycles=int(row.cycles) if row.cycles else None,
        until=micros_of(moment_of(row.until, days)) if row.until else None,
    )


def _amount(row: SubscriptionRow) -> int:
    """Nanos of money; of seats, quota and credits micros."""
    if not row.amount:
        return 0
    if row.action == "adjust":
        amount = parse_decimal(row.amount)
        return nanos(amount) if row.item in ADJUSTED_IN_MONEY else micros(amount)
    if row.action in ("set_level", "change_level"):
        return micros(parse_decimal(row.amount))
    return nanos(_AMOUNT.validate_python(row.amount))


def _interval(text: str) -> Interval | None:
    return next((interval for interval in get_args(Interval) if interval == text), None)
