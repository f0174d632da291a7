"""Codes that stand in tables and files, as types: whoever turns one into words has to have words for all (`wording`)."""

from __future__ import annotations

from typing import Final, Literal, get_args

Interval = Literal["weekly", "monthly", "quarterly", "yearly", "one_time"]
"""How often a base price is charged; shortest first: that order decides whether a change is immediate (billing-rules 8.1)."""

RefusalReason = Literal["allowance_exhausted", "not_in_plan", "paused", "not_subscribed", "spend_cap"]
"""Why an event was refused (billing-rules 3.3, 3.4, 8.4, 8.5, 15.5)."""

InvoiceKind = Literal[
    "recurring", "overage", "closing", "credit_purchase", "balance_topup", "plan_change", "reactivation", "addon_activation"
]
LineKind = Literal[
    "plan_base",
    "feature_overage",
    "balance_overage",
    "credit_pack",
    "top_up",
    "discount",
    "credit",
    "commitment",
    "promo_code_discount",
    "addon_base",
    "feature_seats",
    "feature_quota",
]

State = Literal["trial", "active", "paused", "canceled"]
"""What a subscription is in (billing-rules 7, 8)."""

Transition = Literal[
    "start", "trial_end", "upgrade", "downgrade", "longer", "shorter", "pause", "resume", "cancel", "reactivate", "renewal"
]
"""What it is called when a customer comes from one stage to the next (billing-rules 7, 8).

`longer` and `shorter`: another interval, which decides before the plans' order. `renewal`: another offer at most.
"""

ActionKind = Literal[
    "start",
    "change_plan",
    "cancel",
    "pause",
    "resume",
    "reactivate",
    "buy_pack",
    "top_up",
    "adjust",
    "set_level",
    "change_level",
    "activate_add_on",
    "end_add_on",
    "apply_offer",
    "adopt_version",
    "customer_credit",
    "grant",
    "end_grant",
]
"""What a row of subscriptions does."""

Adjusted = Literal["plan_credits", "purchased_credits", "balance"]
"""What an adjustment gives to or takes from (billing-rules 8.6)."""

RedemptionReason = Literal[
    "expired",
    "plan_not_eligible",
    "interval_not_eligible",
    "intro_offer_active",
    "already_redeemed",
    "max_redemptions_reached",
]
"""Why a promo code was refused (billing-rules 9.2, 9.3)."""

RevenuePart = Literal["base", "overage", "packs", "top-ups", "closing"]
"""What revenue consists of; base: with seats, quota and add-ons; closing: overage that is billed only because the window ends
(billing-rules 2.6)."""

PriceChange = Literal["less_served", "less_refused", "same", "more"]
"""How a customer fares against the baseline. Who pays less because something was refused has not won."""

Alert = Literal[
    "quota.threshold_reached",
    "quota.exceeded",
    "credits.low",
    "credits.depleted",
    "balance.low",
    "balance.depleted",
    "seats.limit_reached",
    "spend_cap.reached",
]
"""What is told of a period while it runs (billing-rules 15.5)."""

INTERVALS: Final[tuple[Interval, ...]] = get_args(Interval)
REFUSAL_REASONS: Final[tuple[RefusalReason, ...]] = get_args(RefusalReason)
INVOICE_KINDS: Final[tuple[InvoiceKind, ...]] = get_args(InvoiceKind)
LINE_KINDS: Final[tuple[LineKind, ...]] = get_args(LineKind)
STATES: Final[tuple[State, ...]] = get_args(State)
TRANSITIONS: Final[tuple[Transition, ...]] = get_args(Transition)
ACTIONS: Final[tuple[ActionKind, ...]] = get_args(ActionKind)
ADJUSTED: Final[tuple[Adjusted, ...]] = get_args(Adjusted)
ADJUSTED_IN_MONEY: Final[frozenset[str]] = frozenset({"balance"})
"""Of them those that are an amount of the currency, and not a number of credits."""
PRICE_CHANGES: Final[tuple[PriceChange, ...]] = get_args(PriceChange)
ALERTS: Final[tuple[Alert, ...]] = get_args(Alert)
