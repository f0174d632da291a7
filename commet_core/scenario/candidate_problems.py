"""What of a candidate does not fit the catalog: its plans, interval, add-ons, offer, promo code and packs."""

from __future__ import annotations

from collections.abc import Sequence

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import Interval
from commet_core.scenario.adoption import rule_problems
from commet_core.scenario.candidates import Candidate, Purchases, plans_of

_LINE_UP_KEYS = ("choose", "blocked_share_max", "upgrade_after_periods")


def candidate_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    """All of a candidate that does not fit, where its plan or group is there; else what is wrong with that."""
    problems = _which_problems(catalog, candidate)
    if problems:
        return problems
    plans = plans_of(catalog, candidate)
    sells = catalog.plans[plans[0]].sells
    if candidate.interval is not None:
        problems += _interval_problems(catalog, candidate.interval, plans, in_group=candidate.group is not None)
    if candidate.choose == "upgrade" and candidate.group is not None:
        problems += _upgrade_problems(catalog, candidate, plans)
    if candidate.purchases != Purchases() and sells != "packs":
        problems.append(Problem("purchases", f"plan {plans[0]!r} is not a credits plan", "Remove purchases"))
    if candidate.top_up is not None and sells != "top_ups":
        problems.append(Problem("top_up", f"plan {plans[0]!r} is not a balance plan", "Remove top_up"))
    if candidate.offer is not None and candidate.offer not in catalog.offers:
        problems.append(unknown_name("offer", "offer", candidate.offer, catalog.offers))
    problems += _add_on_problems(catalog, candidate, plans)
    problems += rule_problems("versions", candidate.versions, catalog)
    if candidate.choose == "upgrade" and len({catalog.plans[code].billing_day for code in plans}) > 1:
        what = "customers move up by themselves, period by period, and plans of the group have different billing days"
        problems.append(Problem("choose", what, "Give them the same billing_day, or use cheapest or assigned"))
    if candidate.promo_code is not None:
        problems += _promo_code_problems(catalog, candidate)
    return problems + _pack_rule_problems(catalog, candidate, plans)


def _which_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    """What is wrong with the plan or the group that a candidate names."""
    if candidate.plan is not None and candidate.group is not None:
        return [Problem("group", "the candidate has a plan already", "Keep one of plan and group")]
    if candidate.plan is not None:
        if candidate.plan not in catalog.plans:
            return [unknown_name("plan", "plan", candidate.plan, catalog.plans)]
        return [
            Problem(key, "says how customers choose within a plan group, and the candidate has one plan", f"Remove {key}")
            for key in _LINE_UP_KEYS
            if getattr(candidate, key) != Candidate.model_fields[key].default
        ]
    if candidate.group is None:
        return [Problem("plan", "is missing", "Name a plan, or a plan group in `group`")]
    if candidate.group not in catalog.plan_groups:
        return [unknown_name("group", "plan group", candidate.group, catalog.plan_groups)]
    if not catalog.plan_groups[candidate.group]:
        return [Problem("group", f"plan group {candidate.group!r} has no plans", "Put plans into it, lowest first")]
    return []


def _interval_problems(catalog: Catalog, interval: Interval, plans: Sequence[str], *, in_group: bool) -> list[Problem]:
    """Plans without a price for the interval; of a line-up the free ones may lack it, as long as one has it."""
    without = {code: catalog.plans[code] for code in plans if interval not in catalog.plans[code].prices}
    if in_group and len(without) < len(plans):
        without = {code: plan for code, plan in without.items() if not plan.free}
    return [
        Problem(
            "interval",
            f"plan {code!r} has no {interval} price",
            f"Intervals it has: {', '.join(plan.prices) or 'none: the plan is free, leave interval out'}",
        )
        for code, plan in without.items()
    ]


def _upgrade_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    """Period is set against period, so that all plans need the same."""
    paid = [catalog.plans[code] for code in plans if not catalog.plans[code].free]
    intervals = sorted({str(candidate.interval or plan.default_interval()) for plan in paid})
    if len(intervals) > 1:
        what = f"the plans of {candidate.group!r} are billed {' and '.join(intervals)}, and customers move up between them"
        return [Problem("interval", what, "Name an interval for which all of them have a price")]
    if intervals == ["one_time"]:
        return [Problem("choose", "a one-time price has no periods after which to move up", "Use cheapest or assigned")]
    if intervals == ["weekly"] and len(paid) < len(plans):
        what = "a free plan has months and the others weeks, so that no period can be set against another"
        return [Problem("choose", what, "Name an interval other than weekly, or use cheapest or assigned")]
    return []


def _add_on_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    """Add-ons that are not there, or not for the candidate's plans (billing-rules 10.3)."""
    problems = []
    for place, code in enumerate(candidate.addons):
        path, add_on = f"addons.{place}", catalog.addons.get(code)
        if add_on is None:
            problems.append(unknown_name(path, "add-on", code, catalog.addons))
            continue
        model = catalog.plans[plans[0]].consumption_model
        if add_on.consumption_model not in ("boolean", model):
            what = f"add-on {code!r} is {add_on.consumption_model}, and plan {plans[0]!r} is a {model} plan"
            problems.append(Problem(path, what, "Choose an add-on of the plan's model"))
        lacking = [plan for plan in plans if add_on.price(_interval_on(catalog, candidate, plan)) is None]
        if lacking:
            interval = _interval_on(catalog, candidate, lacking[0])
            fix = f"Add {interval} to addons.{code}.base_price, or choose another interval"
            problems.append(Problem(path, f"add-on {code!r} has no {interval} price", fix))
        having = [plan for plan in plans if add_on.feature in (*catalog.plans[plan].features, *catalog.plans[plan].switches)]
        if len(having) == len(plans):
            what = f"plan {having[0]!r} has the feature {add_on.feature!r} itself"
            problems.append(Problem(path, what, "Remove the add-on, or take the feature out of the plan"))
    return problems


def _interval_on(catalog: Catalog, candidate: Candidate, plan: str) -> Interval | None:
    terms = catalog.plans[plan]
    return candidate.interval if candidate.interval in terms.prices else terms.default_interval()


def _promo_code_problems(catalog: Catalog, candidate: Candidate) -> list[Problem]:
    """Who uses a code that runs out depends on everybody, and the choice of a plan on the code (billing-rules 9.3)."""
    code = catalog.promo_codes.get(str(candidate.promo_code))
    if code is None:
        return [unknown_name("promo_code", "promo code", candidate.promo_code, catalog.promo_codes)]
    if code.max_redemptions is None or not candidate.decides:
        return []
    what = f"promo code {candidate.promo_code!r} has max_redemptions, and the line-up chooses plans by itself"
    return [Problem("promo_code", what, "Remove max_redemptions, or use choose: assigned or a single plan")]


def _pack_rule_problems(catalog: Catalog, candidate: Candidate, plans: Sequence[str]) -> list[Problem]:
    rule = candidate.purchases.pack
    if rule in ("none", "smallest_sufficient"):
        return []
    if rule not in catalog.credit_packs:
        return [unknown_name("purchases.pack", "credit pack", rule, ["none", "smallest_sufficient", *catalog.credit_packs])]
    if not any(catalog.credit_packs[rule].sold_on(plan) for plan in plans):
        what = f"credit pack {rule!r} is not sold on plan {plans[0]!r}"
        if candidate.group is not None:
            what = f"credit pack {rule!r} is sold on no plan of {candidate.group!r}"
        return [Problem("purchases.pack", what, f"Add the plan to credit_packs.{rule}.plans, or choose another pack")]
    return []
