"""Actions in words: `16 Mar 2026: change to Pro, yearly`."""

from __future__ import annotations

from datetime import date
from typing import assert_never

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import moment
from commet_core.foundation.formats import day_words, moment_words
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, format_exact
from commet_core.foundation.vocabulary import ADJUSTED_IN_MONEY
from commet_core.foundation.wording import counted, quantity
from commet_core.reports.statement.spells import stage_words
from commet_core.scenario.subscriptions import Action, SubscriptionRow
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.timeline.stages import Stage


def action_words(catalog: Catalog, row: SubscriptionRow) -> str:
    """An action with its moment; of a row that cannot be used what it says."""
    action = action_of(catalog, row)
    if action is None:
        return f"{row.at}: {row.action.replace('_', ' ')}"
    return f"{moment_words(moment(action.at))}: {deed_words(catalog, action)}"


def action_of(catalog: Catalog, row: SubscriptionRow) -> Action | None:
    """What a row says; None where its cells make no sense."""
    actions = check_rows([row.model_copy(update={"candidate": ""})], catalog, []).actions.get(row.customer_id)
    return actions[0] if actions else None


def deed_words(catalog: Catalog, action: Action) -> str:
    """What is done: `buy the pack Small`."""
    match action.kind:
        case "start":
            return f"start{_with_words(catalog, action)}"
        case "change_plan":
            interval = action.interval or catalog.plans[action.plan].default_interval()
            return f"change to {stage_words(catalog, Stage(action.plan, interval))}{_with_words(catalog, action)}"
        case "cancel":
            return "cancel at the end of what is paid for" if action.at_period_end else "cancel at once"
        case "pause" | "resume":
            return action.kind
        case "reactivate":
            return f"reactivate{_with_words(catalog, action)}"
        case "buy_pack":
            return f"buy the pack {catalog.credit_packs[action.item].name or action.item}"
        case "top_up":
            return f"top up by {_money(catalog, action)}"
        case "adjust":
            return f"{'give' if action.amount > 0 else 'take away'} {_adjusted_words(catalog, action)}"
        case "set_level":
            return f"hold {_level_words(catalog, action)}"
        case "change_level":
            return f"{_level_words(catalog, action)} {'more' if action.amount >= 0 else 'fewer'}"
        case "activate_add_on":
            return f"activate the add-on {add_on_name(catalog, action.item)}"
        case "end_add_on":
            return f"end the add-on {add_on_name(catalog, action.item)}"
        case "apply_offer":
            return f"the offer {offer_name(catalog, action.item)} from the next charge on"
        case "adopt_version":
            version = (
                "the latest version" if not action.item else f"the version of {day_words(date.fromisoformat(action.item))}"
            )
            return f"adopt {version}{', at once' if action.adopts_now else ''}"
        case "customer_credit":
            return f"grant a customer credit of {_money(catalog, action)}{_lasting_words(action)}"
        case "grant":
            return f"lend the plan {catalog.plans[action.plan].name or action.plan}{_lasting_words(action)}"
        case "end_grant":
            return "end the plan that is lent"
    assert_never(action.kind)


def feature_words(catalog: Catalog, code: str) -> str:
    return catalog.features[code].name or code


def add_on_name(catalog: Catalog, code: str) -> str:
    add_on = catalog.addons[code]
    return add_on.name or feature_words(catalog, add_on.feature)


def offer_name(catalog: Catalog, code: str) -> str:
    return catalog.offers[code].name or code


def _with_words(catalog: Catalog, action: Action) -> str:
    """The plan of a start, the promo code or the offer that comes with it."""
    plan = ""
    if action.kind == "start" and action.plan:
        interval = action.interval or catalog.plans[action.plan].default_interval()
        plan = f" on {stage_words(catalog, Stage(action.plan, interval))}"
    if action.promo_code:
        return f"{plan} with the promo code {action.promo_code}"
    return f"{plan} with the offer {offer_name(catalog, action.item)}" if action.item else plan


def _money(catalog: Catalog, action: Action) -> str:
    return format_exact(decimal_of(action.amount, NANO_DECIMALS), catalog.currency)


def _adjusted_words(catalog: Catalog, action: Action) -> str:
    if action.item in ADJUSTED_IN_MONEY:
        return f"{format_exact(decimal_of(abs(action.amount), NANO_DECIMALS), catalog.currency)} of balance"
    return quantity(decimal_of(abs(action.amount), MICRO_DECIMALS), action.item.replace("_", " ")[:-1])


def _level_words(catalog: Catalog, action: Action) -> str:
    """`5 Editors`, with the feature's name as people know it."""
    units = quantity(decimal_of(abs(action.amount), MICRO_DECIMALS), catalog.features[action.item].unit)
    return f"{units} of {feature_words(catalog, action.item)}"


def _lasting_words(action: Action) -> str:
    if action.until is not None:
        return f" until {moment_words(moment(action.until))}"
    return "" if action.cycles is None else f" for {counted(action.cycles, 'billing cycle')}"
