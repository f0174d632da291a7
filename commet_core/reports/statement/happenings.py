"""What happened to a customer in its window, in words: what changed its plan, what actions did beside, and what was invoiced for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from commet_core.foundation.money import (
    MICRO_DECIMALS,
    NANO_DECIMALS,
    decimal_of,
    format_exact,
    half_up,
    minor_decimals,
    minor_nanos,
    nanos,
)
from commet_core.foundation.vocabulary import ADJUSTED_IN_MONEY, ActionKind, Transition
from commet_core.foundation.wording import capitalized, quantity
from commet_core.reports.statement.acting import stage_at
from commet_core.reports.statement.action_words import action_of, deed_words
from commet_core.reports.statement.spells import Spell, spells, stage_words
from commet_core.reports.statement.statement import BoughtByAction, Statement
from commet_core.timeline.stages import Stage


@dataclass(frozen=True)
class Happening:
    """Something that happened to a subscription, in words.

    stage      what the customer is on from then on
    invoiced   what was invoiced for it at that moment; None where no invoice was issued
    purchase   an action bought, gave or took something, or did what leaves the customer on its plan
    """

    at: datetime
    what: str
    stage: Stage
    invoiced: Decimal | None
    purchase: bool = False


def happenings(statement: Statement) -> list[Happening]:
    """What happened to the subscription, and what actions bought, in order of time."""
    invoiced = _invoiced_at(statement)
    happenings = [
        Happening(spell.start, _words(statement, spell), spell.stage, invoiced.get(spell.start)) for spell in spells(statement)
    ]
    happenings += [_purchase(statement, acted) for acted in statement.acted]
    happenings += _beside(statement, invoiced)
    return sorted(happenings, key=lambda happening: happening.at)


def _invoiced_at(statement: Statement) -> dict[datetime, Decimal]:
    """The totals of invoices by the moment of their issue; purchases are happenings of their own."""
    totals: dict[datetime, Decimal] = {}
    for row in statement.invoices.to_pylist():
        if row["kind"] not in ("credit_purchase", "balance_topup"):
            totals[row["issued_at"]] = totals.get(row["issued_at"], Decimal(0)) + row["total"]
    return totals


def _beside(statement: Statement, invoiced: dict[datetime, Decimal]) -> list[Happening]:
    """What actions did in the window that leaves the customer on its plan."""
    catalog, name = statement.replayed.scenario.catalog, statement.run.candidate.name
    start, end = statement.run.timeline.window.span(statement.run.timeline.days)
    found = []
    for row in statement.replayed.scenario.subscriptions:
        if row.customer_id != statement.customer_id or row.candidate not in ("", name):
            continue
        action = action_of(catalog, row)
        if action is not None and _is_beside(action.kind) and start <= action.at < end:
            at = statement.time(action.at)
            total = invoiced.get(at) if action.kind == "activate_add_on" else None
            found.append(Happening(at, capitalized(deed_words(catalog, action)), stage_at(statement, at), total, purchase=True))
    return found


def _is_beside(kind: ActionKind) -> bool:
    """Whether an action leaves the customer on its plan, and neither buys nor adjusts anything."""
    match kind:
        case "start" | "change_plan" | "cancel" | "pause" | "resume" | "reactivate" | "buy_pack" | "top_up" | "adjust":
            return False
        case "set_level" | "change_level" | "activate_add_on" | "end_add_on" | "apply_offer":
            return True
        case "adopt_version" | "customer_credit" | "grant" | "end_grant":
            return True
    assert_never(kind)


def _words(statement: Statement, spell: Spell) -> str:
    catalog = statement.replayed.scenario.catalog
    where = stage_words(catalog, spell.stage)
    sentences: dict[Transition | None, str] = {
        None: where if spell.stage.plan is None else f"The window begins with {where}",
        "start": f"Starts with {where}",
        "trial_end": f"The trial ends: {where}",
        "upgrade": f"Upgrade to {where}",
        "downgrade": f"Downgrade to {where}",
        "longer": f"Change to a longer interval: {where}",
        "shorter": f"Change to a shorter interval: {where}",
        "pause": f"Paused: {where.removesuffix(', paused')}",
        "resume": f"Resumes with {where}",
        "cancel": f"Canceled: {where.removesuffix(', canceled')}",
        "reactivate": f"Reactivated with {where}",
        "renewal": f"Goes on with {where}",
    }
    words = sentences[spell.began]
    return words[:1].upper() + words[1:]


def _purchase(statement: Statement, acted: BoughtByAction) -> Happening:
    """A purchase is an invoice of its own, of one line (billing-rules 5.5, 6.5); an adjustment is none (8.6)."""
    catalog, currency = statement.replayed.scenario.catalog, statement.currency
    stage = statement.run.stages[statement.segment_stages[acted.segment]]
    if acted.adjusts is not None:
        return Happening(statement.time(acted.at), _adjusted_words(statement, acted), stage, None, purchase=True)
    price = nanos(catalog.credit_packs[acted.item].price) if statement.run.sells("packs") else acted.amount
    invoiced = decimal_of(half_up(price, minor_nanos(currency)), minor_decimals(currency))
    return Happening(statement.time(acted.at), _bought_words(statement, acted), stage, invoiced, purchase=True)


def _adjusted_words(statement: Statement, acted: BoughtByAction) -> str:
    """`Is given 500 plan credits`, `Has $20.00 of balance taken away`."""
    if acted.adjusts in ADJUSTED_IN_MONEY:
        much = f"{format_exact(decimal_of(abs(acted.amount), NANO_DECIMALS), statement.currency)} of balance"
    else:
        kind = "plan" if acted.adjusts == "plan_credits" else "purchased"
        much = quantity(decimal_of(abs(acted.amount), MICRO_DECIMALS), f"{kind} credit")
    return f"Is given {much}, without a charge" if acted.amount >= 0 else f"Has {much} taken away"


def _bought_words(statement: Statement, acted: BoughtByAction) -> str:
    catalog, currency = statement.replayed.scenario.catalog, statement.currency
    if not statement.run.sells("packs"):
        return f"Tops up by {format_exact(decimal_of(acted.amount, NANO_DECIMALS), currency)}"
    pack = catalog.credit_packs[acted.item]
    credits_bought = quantity(decimal_of(acted.amount, MICRO_DECIMALS), "credit")
    return f"Buys {pack.name or acted.item}: {credits_bought} for {format_exact(pack.price, currency)}"
