"""How the customer's consumption model decided: what was granted, used up, refused and charged (billing-rules 4-6, 11, 15.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from commet_core.catalog.plans import BalancePlan, CreditsPlan, Plan
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, format_amount, format_exact, plain
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.wording import counted_were, quantity
from commet_core.rating.admission import ALLOWANCE_EXHAUSTED
from commet_core.rating.metered_rates import MeteredRates
from commet_core.reports.statement import Statement, features_used
from commet_core.reports.statement.buying_words import purchase_assumption, top_up_assumption
from commet_core.reports.statement.overage_words import overage_in_words
from commet_core.reports.statement.reasons import Reason, kinds_met, refused_count, stages_of, units_of
from commet_core.reports.statement.words import feature_name, feature_of, model_price_words, plan_name
from commet_core.timeline.stages import Stage
from commet_core.timeline.treatments import LIMITED, PRICED


def _granted(statement: Statement) -> dict[Stage, Plan]:
    """The stages on which the customer is granted something, with their plans; without one, the candidate's."""
    plans = statement.replayed.scenario.catalog.plans
    granting = {stage: plans[stage.plan] for stage in stages_of(statement) if stage.has_periods and stage.plan is not None}
    return granting or {Stage(None, statement.run.interval): statement.run.plan}


def _granted_words(statement: Statement, amounts: dict[Stage, str]) -> str:
    """What plans grant: one amount, or each with its plan."""
    if len(set(amounts.values())) == 1:
        return next(iter(amounts.values()))
    by_plan = {plan_name(statement, stage.plan): amount for stage, amount in amounts.items()}
    return " and ".join(f"{amount} on {plan}" for plan, amount in by_plan.items())


def _metered_reasons(statement: Statement) -> list[Reason]:
    assert isinstance(statement.run.rates, MeteredRates)
    kinds = kinds_met(statement)
    reasons = []
    if PRICED in kinds:
        overage = "What a feature uses beyond what is included is charged at the end of the period; nothing of it is refused."
        reasons.append(Reason(overage, "4.2"))
    reasons += _tier_reasons(statement)
    refused = refused_count(statement, ALLOWANCE_EXHAUSTED)
    if LIMITED in kinds:
        free = all(stage.interval is None for stage in stages_of(statement) if stage.has_periods)
        why = "On a free plan" if free else "Without an overage price"
        limit = f"{why} what is included is a hard limit: {counted_were(refused, 'event')} refused because of it."
        reasons.append(Reason(limit, "7.1" if free else "4.3"))
    return reasons


def _tier_reasons(statement: Statement) -> list[Reason]:
    """A sentence for each feature that the customer used and whose overage is charged in tiers or packages."""
    plans, currency = _granted(statement).values(), statement.currency
    reasons: dict[str, None] = {}
    for code in features_used(statement):
        for terms in (plan.features[code] for plan in plans if code in plan.features):
            if terms.overage_price is not None and terms.price_beyond is None:
                price = overage_in_words(terms.overage_price, feature_of(statement, code).unit, currency)
                name = feature_name(statement, code)
                reasons[f"{name} beyond what is included: {price}; counted anew in every period, nothing prorated."] = None
    return [Reason(sentence, "15.1") for sentence in reasons]


def _credits_reasons(statement: Statement) -> list[Reason]:
    moves, segments = statement.moves, statement.segments
    from_plan, bought_used = units_of(exact_sum(moves.from_plan)), units_of(exact_sum(moves.from_purchased))
    plan_credits, purchased = statement.run.flows
    plans = _granted(statement)
    included = {stage: plain(plan.included_credits) for stage, plan in plans.items() if isinstance(plan, CreditsPlan)}
    in_hand = units_of(int(purchased.closing[segments][-1]))
    reasons = [
        Reason(
            f"Plan credits first, then purchased credits: of the {quantity(from_plan + bought_used, 'credit')} used, "
            f"{plain(from_plan)} came from the plan and {plain(bought_used)} from packs.",
            "5.2",
        ),
        Reason(
            f"At every reset plan credits return to {_granted_words(statement, included)} and unused ones are forfeited, "
            f"{plain(units_of(exact_sum(plan_credits.forfeited[segments])))} in all; purchased credits {'expire with their packs' if _expires(statement) else 'never expire'}, {plain(in_hand)} are still in hand.",
            "5.3",
        ),
        Reason(purchase_assumption(statement), "5.6"),
    ]
    refused = refused_count(statement, ALLOWANCE_EXHAUSTED)
    if refused:
        reasons.append(
            Reason(f"There is no overage on credits: {counted_were(refused, 'event')} refused for want of credits.", "5.4")
        )
    return reasons


def _expires(statement: Statement) -> bool:
    packs = statement.replayed.scenario.catalog.credit_packs.values()
    return any(pack.expires_after_days is not None for pack in packs)


def _balance_reasons(statement: Statement) -> list[Reason]:
    currency, run, plan = statement.currency, statement.run, statement.run.plan
    assert isinstance(plan, BalancePlan)
    plans = _granted(statement)
    amounts = {
        stage: format_exact(granting_plan.granted(stage.interval), currency)
        for stage, granting_plan in plans.items()
        if isinstance(granting_plan, BalancePlan)
    }
    granted = _granted_words(statement, amounts)
    lapsed = exact_sum(run.flows[0].forfeited[statement.segments])
    forfeited = format_amount(decimal_of(lapsed, NANO_DECIMALS), currency)
    reasons = [
        Reason(f"Every period begins with a balance of {granted}; each event's cost is taken from it.", "6.1"),
        *_model_reasons(statement, plan),
        Reason(f"At the reset what is left is forfeited, top-ups included: {forfeited} in all.", "6.4"),
    ]
    granting = [granting_plan for granting_plan in plans.values() if isinstance(granting_plan, BalancePlan)]
    if not all(granting_plan.blocks for granting_plan in granting):
        reasons.append(Reason("Below zero usage goes on; the amount below zero is charged at the end of the period.", "6.2"))
    if any(granting_plan.blocks for granting_plan in granting):
        free = all(granting_plan.free for granting_plan in granting if granting_plan.blocks)
        why = "On a free plan usage stops at zero" if free else "The plan stops usage when the balance cannot pay for it"
        refused = counted_were(refused_count(statement, ALLOWANCE_EXHAUSTED), "event")
        reasons += [
            Reason(f"{why}: {refused} refused because of it.", "7.1" if free else "6.3"),
            Reason(top_up_assumption(statement), "6.5"),
        ]
    return reasons


def _model_reasons(statement: Statement, plan: BalancePlan) -> list[Reason]:
    """A sentence for each feature whose requests cost what their AI models do."""
    return [
        Reason(
            f"{feature_name(statement, code)} costs the {model_price_words(plan.features[code].margin or Decimal(0))}: tokens "
            "× the model's price per million on the day, each kind of token and the margin rounded up to 0.0001.",
            "11.1, 11.2, 11.3",
        )
        for code in features_used(statement)
        if code in plan.features and plan.features[code].by_tokens
    ]


MODEL_REASONS: Mapping[str, Callable[[Statement], list[Reason]]] = {
    "metered": _metered_reasons,
    "credits": _credits_reasons,
    "balance": _balance_reasons,
}
"""How each model decided, by its name."""
