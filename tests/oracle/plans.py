"""What a candidate's customers are offered: plans at their intervals, packs, offers, and what follows from a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import ONE, ZERO, decimal, minor_unit_digits
from .lots import Rollover
from .periods import INTERVALS, ONE_TIME
from .versions import day_of, documents, features_of

Catalog = Mapping[str, Any]
Candidate = Mapping[str, Any]


class Pack(NamedTuple):
    code: str
    credits: Decimal
    price: Decimal
    expires_after_days: int | None = None


class Cap(NamedTuple):
    """15.5."""

    amount: Decimal
    free: bool


def cap_of(plan: Mapping[str, Any], candidate: Mapping[str, Any]) -> Cap | None:
    """15.5: the candidate's, where it has one of its own, else the plan's."""
    of_plan, own = plan.get("spend_cap") or {}, candidate.get("spend_cap") or {}
    if not of_plan and not own:
        return None
    beyond = own.get("beyond") or of_plan.get("beyond") or "block"
    return Cap(decimal((own or of_plan)["amount"]), beyond == "free")


@dataclass(frozen=True)
class Terms:
    """A plan at one interval, with the candidate's assumptions about purchases."""

    plan: str
    model: str
    interval: str | None
    base_price: Decimal
    trial_days: int
    features: Mapping[str, Mapping[str, Any]]
    allowance: Decimal
    plan_blocks: bool
    overage_is_allowed: bool
    pack_rule: str
    packs: Sequence[Pack]
    top_up_amount: Decimal | None
    purchases_max: int | None
    probability: Decimal
    minor_digits: int
    rollover: Rollover | None = None
    cap: Cap | None = None
    commitment: tuple[Decimal, int | None] | None = None
    price_version: str | None = None
    version: str | None = None
    billing_day: int | None = None

    @property
    def is_free(self) -> bool:
        """7.1: a plan without prices."""
        return self.interval is None

    @property
    def blocks_on_exhaustion(self) -> bool:
        """6.3; 7.1 and 7.2 where overage is not allowed."""
        return self.plan_blocks or not self.overage_is_allowed


def default_interval(plan: Mapping[str, Any]) -> str | None:
    """The plan's only one, else monthly, else the first listed; None for a free plan."""
    intervals = list(plan.get("prices") or {})
    if not intervals:
        return None
    return "monthly" if "monthly" in intervals else str(intervals[0])


def billing_interval(plan: Mapping[str, Any], asked: str | None, usual: str | None = None) -> str | None:
    """What is asked for, else the ``usual`` one where the plan has a price for it, else the plan's default."""
    prices = plan.get("prices") or {}
    if not prices:
        return None
    if asked:
        return asked
    return usual if usual in prices else default_interval(plan)


def period_allowance(plan: Mapping[str, Any], interval: str | None) -> Decimal:
    """5.1 and 6.1: the credits or the balance granted at the start of every period."""
    if plan["consumption_model"] == "credits":
        return decimal(plan.get("included_credits") or 0)
    if plan["consumption_model"] != "balance":
        return ZERO
    if plan.get("included_balance") is not None:
        return decimal(plan["included_balance"])
    if interval is None:
        return ZERO
    return decimal(plan["prices"]["weekly" if interval == "weekly" else "monthly"])


def packs_sold_on(plan_code: str, catalog: Catalog) -> list[Pack]:
    """5.5: every pack, except those that list other plans; in catalog order."""
    packs = (catalog.get("credit_packs") or {}).items()
    return [
        Pack(code, decimal(pack["credits"]), decimal(pack["price"]), pack.get("expires_after_days"))
        for code, pack in packs
        if pack.get("plans") is None or plan_code in pack["plans"]
    ]


def commitment_of(plan: Mapping[str, Any]) -> tuple[Decimal, int | None] | None:
    """15.4: an amount, and the months of a term, or None where it is per interval."""
    rule = plan.get("minimum_commitment")
    return None if rule is None else (decimal(rule["amount"]), rule.get("term_months"))


def rollover_of(plan: Mapping[str, Any]) -> Rollover | None:
    """15.2; either limit may be left out."""
    rule = plan.get("rollover")
    if rule is None:
        return None
    most = rule.get("max_amount")
    return Rollover(rule.get("max_periods"), None if most is None else decimal(most))


def terms_of(
    plan_code: str, interval: str | None, candidate: Candidate, catalog: Catalog, version: int = 0, price: int | None = None
) -> Terms:
    """What a version of a plan says, 8.7; with the base price of another version where that is given."""
    written = catalog["plans"][plan_code]
    versions = documents(written)
    plan, priced = versions[version], versions[version if price is None else price]
    model = plan["consumption_model"]
    packs, top_up = candidate.get("purchases") or {}, candidate.get("top_up") or {}
    rule = {"credits": packs, "balance": top_up}.get(model, {})
    limit = rule.get("max_packs_per_period" if model == "credits" else "max_per_period")
    probability = rule.get("probability")
    return Terms(
        plan=plan_code,
        model=model,
        interval=interval,
        base_price=decimal(priced["prices"][interval]) if interval else ZERO,
        trial_days=int(plan.get("trial_days") or 0),
        features=features_of(plan, day_of(written, version)),
        allowance=period_allowance(plan, interval),
        plan_blocks=bool(plan.get("block_on_exhaustion")),
        overage_is_allowed=interval is not None,
        pack_rule=packs.get("pack") or "none",
        packs=packs_sold_on(plan_code, catalog),
        top_up_amount=decimal(top_up["amount"]) if top_up else None,
        purchases_max=None if limit is None else int(limit),
        probability=ONE if probability is None else decimal(probability),
        minor_digits=minor_unit_digits(str(catalog.get("currency") or "usd")),
        rollover=rollover_of(plan),
        cap=cap_of(plan, candidate),
        commitment=commitment_of(plan),
        price_version=day_of(written, version if price is None else price),
        version=day_of(written, version),
        billing_day=written.get("billing_day"),
    )


def share_a_group(old_plan: str, new_plan: str, catalog: Catalog) -> bool:
    groups = (catalog.get("plan_groups") or {}).values()
    return any(old_plan in group and new_plan in group for group in groups)


def is_move_up(old_plan: str, new_plan: str, catalog: Catalog) -> bool:
    """8.1: by the order of the first plan group that holds both."""
    groups = (catalog.get("plan_groups") or {}).values()
    group = next(list(group) for group in groups if old_plan in group and new_plan in group)
    return group.index(new_plan) > group.index(old_plan)


def change_is_refused(old: Terms, new: Terms, catalog: Catalog) -> bool:
    """8.2: an interval change from or to a one-time price, and what would have to wait for the renewal that it has not."""
    if ONE_TIME not in (old.interval, new.interval) or old.interval is None:
        return False
    return old.interval != new.interval or not is_move_up(old.plan, new.plan, catalog)


def change_is_immediate(old: Terms, new: Terms, catalog: Catalog) -> bool:
    """8.1: free to paid always, paid to free never; then the interval decides, then the order of the plans."""
    if old.interval is None:
        return True
    if new.interval is None:
        return False
    if old.interval != new.interval:
        return INTERVALS.index(new.interval) > INTERVALS.index(old.interval)
    return is_move_up(old.plan, new.plan, catalog)
