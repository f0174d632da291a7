"""Changes of plan, of its interval and of its version, and the credit for unused days (billing-rules 8.1-8.3, 8.7)."""

from __future__ import annotations

from dataclasses import replace

from commet_core.catalog.plans import Catalog
from commet_core.catalog.versions import HeldTerms, version_on
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, half_up, minor_nanos, plain
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.actions.offering import with_offer
from commet_core.timeline.add_ons import check_price, has_feature
from commet_core.timeline.adopting import adopt, entered
from commet_core.timeline.advancing import renewal_at
from commet_core.timeline.entering import close, enter, new_cycle
from commet_core.timeline.held import NO_LIMIT, held_at, limit_of
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Credit, Life, discounts_left, is_discounted
from commet_core.timeline.offered import discount_count, offer_of, paid_minor
from commet_core.timeline.stages import Stage, active, levels_on
from commet_core.timeline.starting import chosen_interval


def change_plan(life: Life, action: Action) -> None:
    """An upgrade or a longer interval at once, a downgrade or a shorter one at the renewal (billing-rules 8.1).

    What the row says in `when` goes before that, where there is a renewal to wait for.
    """
    present = life.present.stage
    if present.state in ("paused", "canceled"):
        first = "Resume" if present.state == "paused" else "Reactivate"
        raise Impossible("action", f"the subscription is {present.state}", f"{first} it first")
    plan = life.catalog.plans[action.plan]
    inherited = present.interval if present.interval in plan.prices else None
    interval = chosen_interval(plan, action.interval or inherited, action.interval)
    if (action.plan, interval) == (present.plan, present.interval):
        if life.scheduled is None or life.scheduled == _trial_end(life):
            raise Impossible("plan", "the customer is on this plan and interval already", "Remove the row")
        life.scheduled = _trial_end(life)
        life.present.canceled_at = None
        return
    if refused := one_time_problem(life.catalog, present, action.plan, interval):
        raise refused
    for code in life.active:
        if not has_feature(life.catalog, coming_stage(life, action.plan, interval, action.at), code):
            check_price(life.catalog, code, interval)
    if refused := seats_problem(life, action.plan, action.at):
        raise refused
    immediate = _is_immediate(life, action.plan, interval)
    if action.row.when and present.interval is not None:
        immediate = action.row.when == "now"
    if immediate:
        _change_now(life, with_offer(life, Stage(action.plan, interval), action), action.at)
    elif action.item:
        fix = "Leave item empty, or add a row apply_offer after the change"
        raise Impossible("item", "a change that waits for the renewal takes no offer", fix)
    else:
        life.scheduled = renewal_at(life, action.at), _after_change(life, Stage(action.plan, interval))
        life.present.canceled_at = None


def _trial_end(life: Life) -> tuple[int, Stage] | None:
    """What a trial's end brings by itself (billing-rules 7.2); None without a trial."""
    stage = life.present.stage
    return None if life.present.until is None else (life.present.until, active(stage))


def _is_immediate(life: Life, plan: str, interval: Interval | None) -> bool:
    """Interval direction decides before plan order; from a free plan always, to one from a paid plan never (billing-rules 8.1)."""
    present = life.present.stage
    assert present.plan is not None
    group = life.catalog.group_of(present.plan, plan)
    if plan != present.plan and not group:
        fix = "Put both into one of plan_groups, lowest first"
        raise Impossible("plan", f"plans {present.plan!r} and {plan!r} share no plan group", fix)
    if present.interval is None:
        return True
    if interval is None:
        return False
    if interval != present.interval:
        return INTERVALS.index(interval) > INTERVALS.index(present.interval)
    return group.index(plan) > group.index(present.plan)


def one_time_problem(catalog: Catalog, present: Stage, plan: str, interval: Interval | None) -> Impossible | None:
    """Why a change is refused: a one-time price has no interval to change, and no renewal to wait for (billing-rules 8.2)."""
    assert present.plan is not None
    if present.interval is None or "one_time" not in (present.interval, interval):
        return None
    if present.interval != interval:
        from_once = present.interval == "one_time"
        what = "what is paid once cannot change to another interval" if from_once else "an interval cannot change to paid once"
        fix = "Change to a plan that is paid once" if from_once else "Choose another interval, or let the customer start on it"
        return Impossible("interval", what, fix)
    group = catalog.group_of(present.plan, plan)
    if group and group.index(plan) < group.index(present.plan):
        what = f"a downgrade to {plan!r} has no renewal to wait for: the plan is paid once"
        return Impossible("plan", what, "Change to a higher plan of the group, or remove the row")
    return None


def coming_stage(life: Life, plan: str, interval: Interval | None, at: int) -> Stage:
    """A plan as it is for who comes to it on a day (billing-rules 8.7)."""
    return Stage(plan, interval, terms=HeldTerms.whole(version_on(life.catalog.plans[plan], life.date_at(at))))


def seats_problem(life: Life, plan: str, at: int) -> Impossible | None:
    """Why an upgrade is refused: more seats are in use than the new plan includes, and it has no price for more (10.1).

    A change of interval alone and a downgrade are not refused, and no change is for quota (10.2).
    """
    catalog, present = life.catalog, life.present.stage
    assert present.plan is not None
    group = catalog.group_of(present.plan, plan)
    upward = plan != present.plan and (not group or group.index(plan) > group.index(present.plan))
    stage = coming_stage(life, plan, catalog.plans[plan].default_interval(), at)
    for code, terms in levels_on(catalog, stage).items() if upward else ():
        limit = limit_of(catalog, stage, code)
        if catalog.features[code].type == "seats" and limit != NO_LIMIT and (held := held_at(life, code, at)) > limit:
            in_use = plain(decimal_of(held, MICRO_DECIMALS))
            what = f"{in_use} {code} are in use, and plan {plan!r} includes {plain(terms.included)} and has no price for more"
            fix = f"Let them fall first, or give plans.{plan}.features.{code} an overage price"
            return Impossible("plan", what, fix)
    return None


def _change_now(life: Life, stage: Stage, at: int) -> None:
    """Ends the offer, credits the unused days and restarts the billing cycle (billing-rules 8.2, 8.3, 9.1)."""
    credit = credit_for_unused_days(life, at)
    close(life, at)
    life.scheduled = life.next_offer = life.offer_at = None
    stage, discounts = entered(life, stage, at), discount_count(life.catalog, stage)
    enter(life, new_cycle(life, stage, at, discounts=discounts, changed=True, credit=credit))


def _after_change(life: Life, stage: Stage) -> Stage:
    """A scheduled change keeps percentages and amounts, and ends an offer with a fixed price (billing-rules 9.1)."""
    present = life.present.stage
    offer = offer_of(life.catalog, present)
    if offer is None or offer.has_fixed_price:
        return stage
    return replace(stage, offer=present.offer, promo_code=present.promo_code)


def credit_for_unused_days(life: Life, at: int) -> Credit | None:
    """Price paid for the current interval × whole days remaining ÷ days in it (billing-rules 8.2).

    At 00:00 the day of the change is still unused, at any later time it is used.
    """
    interval = life.present.paid_interval(at)
    if interval is None:
        return None
    first, following = interval
    days, remaining = following - first, following - life.catalog.days.not_begun(at)
    stage = life.present.stage_of_charge(at)
    paid = paid_minor(life.catalog, stage, discounts_left(life.present, at) + is_discounted(life.present, at))
    if days == 0:
        return None
    amount = half_up(paid * remaining, days)
    if amount == 0:
        return None
    assert stage.plan is not None
    return Credit(-amount, remaining, -half_up(paid * minor_nanos(life.catalog.currency), days), stage.plan)


def adopt_version(life: Life, action: Action) -> None:
    """A customer adopts a version that has begun, the latest where none is named (billing-rules 8.7)."""
    stage = life.present.stage
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state}", "It comes back with the version of that day")
    days = [version["from"] for version in life.plan.versions]
    begun = [day for day in days if day <= life.date_at(action.at).isoformat()]
    if life.adopted is None or not begun:
        raise Impossible("action", f"plan {stage.plan!r} has no version by then", f"Add one to plans.{stage.plan}.versions")
    if action.item and action.item not in begun:
        raise Impossible(
            "item", f"plan {stage.plan!r} has no version of {action.item} by then", f"Use one of {', '.join(begun)}"
        )
    version = 1 + days.index(action.item or begun[-1])
    if version <= life.adopted.version:
        raise Impossible("item", "the customer has this version or a later one already", "Remove the row")
    adopt(life, version, action.at, now=action.adopts_now, by_action=True)
