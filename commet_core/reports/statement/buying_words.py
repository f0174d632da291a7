"""When customers are assumed to buy packs and to top up, and what this one bought (billing-rules 5.6, 6.5)."""

from __future__ import annotations

from decimal import Decimal

from commet_core.foundation.formats import percent_exact
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, format_amount, format_exact
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.wording import quantity
from commet_core.reports.statement import Statement
from commet_core.reports.statement.reasons import units_of


def purchase_assumption(statement: Statement) -> str:
    """Credits: when customers are assumed to buy packs (billing-rules 5.6), and what this one bought."""
    rule = statement.run.candidate.purchases
    if rule.pack == "none":
        return "Assumption: customers never buy a credit pack."
    pack = "the smallest pack that is enough"
    if rule.pack != "smallest_sufficient":
        pack = f"the pack {statement.replayed.scenario.catalog.credit_packs[rule.pack].name or rule.pack}"
    how_often = _limit_words("pack", rule.max_packs_per_period, rule.probability)
    bought = quantity(units_of(exact_sum(statement.moves.bought)), "credit")
    return f"Assumption: a customer who is short buys {pack}{how_often}; this one bought {bought}."


def top_up_assumption(statement: Statement) -> str:
    """Balance that blocks: when customers are assumed to top up (billing-rules 6.5), and what this one added."""
    rule = statement.run.candidate.top_up
    if rule is None:
        return "Assumption: customers never top up."
    amount = format_exact(rule.amount, statement.currency)
    how_often = _limit_words("time", rule.max_per_period, rule.probability)
    added = format_amount(decimal_of(exact_sum(statement.moves.bought), NANO_DECIMALS), statement.currency)
    return f"Assumption: a customer who is short tops up by {amount}{how_often}; this one added {added}."


def _limit_words(what: str, most: int | None, probability: Decimal) -> str:
    """How often customers buy: `, at most 3 packs a period, in 50 % of the periods`."""
    limit = "" if most is None else f", at most {quantity(Decimal(most), what)} a period"
    return limit if probability == 1 else f"{limit}, in {percent_exact(probability)} of the periods"
