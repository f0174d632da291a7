"""Terms that few plans have, on the Plans page: under "More terms", each with its fields once it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from commet_core.catalog.beyond import Beyond
from commet_core.catalog.plans import ConsumptionModel, model_sells
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import interval_name
from commet_core.scenario.drafts import with_value
from commet_core.scenario.drafts.more_terms import (
    Committed,
    MoreTerm,
    terms_for,
    with_commitment_per,
    with_term,
    with_three_ways,
)
from pages.plan_editor import drafts, fields
from pages.plan_editor.model_fields import MODEL_FIELDS

SWITCHES: Final[Mapping[MoreTerm, tuple[str, str]]] = {
    "versions": (
        "The price changes on a day",
        "Who is there pays the new price from the next renewal on, if nobody says otherwise.",
    ),
    "billing_day": (
        "Everybody is billed on the same day",
        "Who starts on another day first pays for the days up to it: a stub, with that part of what is included.",
    ),
    "rollover": ("What is left over goes into the next period", "Otherwise it is lost at every reset."),
    "minimum_commitment": (
        "Customers commit to a minimum",
        "What they were charged is made up to it, at the end of what it is for.",
    ),
    "spend_cap": ("Usage is capped", "Overage, packs and top-ups of a period together cost no more than this."),
}
COMMITTED: Final[dict[Committed, str]] = {"interval": "Each billing interval", "term": "A term of months"}
BEYOND: Final[dict[Beyond, str]] = {"block": "It is refused", "free": "It is free"}


def more_terms(code: str, model: ConsumptionModel) -> None:
    """The further terms of a plan, out of the way until one is chosen."""
    plan = drafts.current().design.group("plans")[code]
    chosen = any(term in plan for term in SWITCHES) or MODEL_FIELDS[model].more_chosen(code)
    with st.expander("More terms", expanded=chosen):
        MODEL_FIELDS[model].more(code)
        for term in terms_for(plan):
            _term(code, term, on=term in plan)


def _term(code: str, term: MoreTerm, *, on: bool) -> None:
    label, hint = SWITCHES[term]
    key = fields.key_of("term", code, term)
    st.session_state[key] = on
    st.toggle(
        label,
        key=key,
        help=hint,
        on_change=lambda: drafts.edit(
            with_term(drafts.current().design, code, term, datetime.now(UTC).date(), on=st.session_state[key])
        ),
    )
    if on:
        FIELDS[term](code)
    fields.problem_below(drafts.current().problems_at(f"plans.{code}.{term}"))


def _sign() -> str:
    return symbol(str(drafts.current().design.document.get("currency", ""))).strip()


def _billing_day(code: str) -> None:
    fields.number("Day of the month, 1 to 28", ("plans", code, "billing_day"), required=True)


def _rollover(code: str) -> None:
    in_money = model_sells(drafts.current().design.group("plans")[code]["consumption_model"], "top_ups")
    periods, most = st.columns(2)
    with periods:
        fields.number("For how many periods more", ("plans", code, "rollover", "max_periods"), placeholder="without an end")
    with most:
        label = f"At most ({_sign()})" if in_money else "At most, in credits"
        fields.number(label, ("plans", code, "rollover", "max_amount"), placeholder="all of it")


def _commitment(code: str) -> None:
    path = ("plans", code, "minimum_commitment")
    per = drafts.current().design.value((*path, "per")) or "interval"
    amount, what_for, months = st.columns(3)
    with amount:
        fields.number(f"At least ({_sign()})", (*path, "amount"), required=True)
    with what_for:
        fields.choice(
            "For", ("per", code), dict(COMMITTED), per, lambda design, wanted: with_commitment_per(design, code, wanted)
        )
    with months:
        if per == "term":
            fields.number("Months", (*path, "term_months"), required=True)


def _cap(code: str) -> None:
    path = ("plans", code, "spend_cap")
    amount, beyond = st.columns(2)
    with amount:
        fields.number(f"At most a period ({_sign()})", (*path, "amount"), required=True)
    with beyond:
        fields.choice(
            "What goes beyond it",
            ("beyond", code),
            dict(BEYOND),
            drafts.current().design.value((*path, "beyond")) or "block",
            lambda design, chosen: with_value(design, (*path, "beyond"), chosen),
        )


def _versions(code: str) -> None:
    versions = drafts.current().design.group("plans")[code]["versions"]
    for place, version in enumerate(versions):
        path = ("plans", code, "versions", str(place))
        prices = version.get("prices") or {}
        columns = st.columns(len(["from", *prices]))
        with columns[0]:
            fields.text("From", (*path, "from"), placeholder="2026-06-01")
        for column, interval in zip(columns[1:], prices, strict=False):
            with column:
                fields.number(f"{interval_name(interval).capitalize()} ({_sign()})", (*path, "prices", interval), required=True)
        further = [key for key in version if key not in ("from", "prices")]
        if further:
            st.caption(f"It changes more than the price: {', '.join(further).replace('_', ' ')}.")
        fields.problem_below(drafts.current().problems_at(".".join(path)))
        fields.problem_below(drafts.current().problems_at(".".join((*path, "prices"))))
    st.button(
        "Compare three ways to introduce it",
        key=fields.key_of("three ways", code),
        help="The new price for everybody, for new customers alone, and for those who came in the 90 days before.",
        on_click=lambda: drafts.edit(with_three_ways(drafts.current().design, code), undoable=True),
        disabled=bool(drafts.current().problems),
    )


FIELDS: Final[Mapping[MoreTerm, Callable[[str], None]]] = {
    "versions": _versions,
    "billing_day": _billing_day,
    "rollover": _rollover,
    "minimum_commitment": _commitment,
    "spend_cap": _cap,
}
