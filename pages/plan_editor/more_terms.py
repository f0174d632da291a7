"""Terms that few plans have, on the Plans page: under "More terms", each with its fields once it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

import streamlit as st

from commet_core.catalog.beyond import Beyond
from commet_core.catalog.level_terms import FeatureType
from commet_core.catalog.plans import model_sells
from commet_core.foundation.wording import interval_name
from commet_core.reports.quote.further_terms import version_days
from commet_core.scenario.drafts import Design, with_how, with_value
from commet_core.scenario.drafts.adoption import with_version_day
from commet_core.scenario.drafts.feature_types import type_of, with_new_feature
from commet_core.scenario.drafts.markets import BY_PLACE
from commet_core.scenario.drafts.more_terms import Committed, MoreTerm, terms_for, with_commitment_per, with_term
from commet_core.scenario.drafts.price_rises import with_three_ways
from pages.plan_editor import drafts, fields
from pages.plan_editor.overage_fields import has_other_ways, overage_ways
from pages.plan_editor.regional_prices import own_prices
from pages.shared.folds import fold
from pages.shared.tables import escaped

SWITCHES: Final[Mapping[MoreTerm, tuple[str, str]]] = {
    "versions": (
        "The price changes on a day",
        "Who is there pays the new price from the next renewal on, if nobody says otherwise.",
    ),
    "rollover": ("What is left over goes into the next period", "Otherwise it is lost at every reset."),
    "minimum_commitment": (
        "Customers commit to a minimum",
        "What they were charged is made up to it, at the end of what it is for.",
    ),
    "spend_cap": ("Usage is capped", "Overage, packs and top-ups of a period together cost no more than this."),
    "billing_day": (
        "Everybody is billed on one day of the month",
        "Who starts on another day pays for the days up to it first. Bills below are of whole months.",
    ),
}
SOLD: Final[dict[FeatureType, str]] = {
    "seats": "Charge for seats",
    "quota": "Charge for a quota",
    "boolean": "Give a feature that is there or not",
}
SOLD_HINTS: Final[dict[FeatureType, str]] = {
    "seats": "Paid in advance for each seat above those included; seats added later are paid for by the day.",
    "quota": "As seats, for what customers store or keep, such as projects.",
    "boolean": "Such as single sign-on: a plan has it, or an add-on brings it.",
}
COMMITTED: Final[dict[Committed, str]] = {"interval": "Each billing interval", "term": "A term of months"}
BEYOND: Final[dict[Beyond, str]] = {"block": "It is refused", "free": "It is free"}


def more_terms(code: str) -> None:
    """The further terms of a plan, out of the way until one is chosen."""
    plan = drafts.current().design.group("plans")[code]
    design = drafts.current().design
    sold = any(type_of(design, feature) != "usage" for feature in plan.get("features", {}))
    chosen = sold or any(term in plan for term in (*SWITCHES, *BY_PLACE)) or has_other_ways(code)
    fold("More terms", f"plans_more_terms/{code}", partial(_all_terms, code), opened=chosen)


def _all_terms(code: str) -> None:
    plan = drafts.current().design.group("plans")[code]
    overage_ways(code)
    _seats_and_add_ons(code)
    for term in terms_for(plan):
        _term(code, term, on=term in plan)
    own_prices(code)


def _seats_and_add_ons(code: str) -> None:
    """What is sold beside usage: features of another kind, which this plan has at once."""
    with st.container(horizontal=True):
        for kind, label in SOLD.items():
            st.button(label, key=fields.key_of("sold", code, kind), on_click=_sold, args=(code, kind), help=SOLD_HINTS[kind])


def _sold(code: str, kind: FeatureType) -> None:
    """A feature of a type in this plan: one that no plan has yet, else a new one."""
    design = drafts.current().design
    known = (one for one in design.group("features") if type_of(design, one) == kind)
    lacking = next((one for one in known if one not in design.group("plans")[code].get("features", {})), None)
    if lacking is None:
        drafts.add(with_new_feature, kind, code)
    else:
        drafts.change(with_how, code, lacking, "there" if kind == "boolean" else "charged")


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


def _rollover(code: str) -> None:
    in_money = model_sells(drafts.current().design.group("plans")[code]["consumption_model"], "top_ups")
    periods, most = st.columns(2)
    with periods:
        fields.number("For how many periods more", ("plans", code, "rollover", "max_periods"), placeholder="without an end")
    with most:
        label = f"At most ({drafts.sign()})" if in_money else "At most, in credits"
        fields.number(label, ("plans", code, "rollover", "max_amount"), placeholder="all of it")


def _commitment(code: str) -> None:
    path = ("plans", code, "minimum_commitment")
    per = drafts.current().design.value((*path, "per")) or "interval"
    amount, what_for, months = st.columns(3)
    with amount:
        fields.number(f"At least ({drafts.sign()})", (*path, "amount"), required=True)
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
        fields.number(f"At most a period ({drafts.sign()})", (*path, "amount"), required=True)
    with beyond:
        fields.choice(
            "What goes beyond it",
            ("beyond", code),
            dict(BEYOND),
            drafts.current().design.value((*path, "beyond")) or "block",
            lambda design, chosen: with_value(design, (*path, "beyond"), chosen),
        )


def _billing_day(code: str) -> None:
    with st.columns(2)[0]:
        fields.number_in_row("Day of the month, 1 to 28", ("plans", code, "billing_day"), placeholder="needed")


def _versions(code: str) -> None:
    versions = drafts.current().design.group("plans")[code]["versions"]
    for place, version in enumerate(versions):
        path = ("plans", code, "versions", str(place))
        prices = version.get("prices") or {}
        columns = st.columns(len(["from", *prices]))
        with columns[0]:
            fields.text_of("From", (*path, "from"), _day_of(code, place), placeholder="2026-06-01")
        for column, interval in zip(columns[1:], prices, strict=False):
            with column:
                fields.number(
                    f"{interval_name(interval).capitalize()} ({drafts.sign()})", (*path, "prices", interval), required=True
                )
        further = [key for key in version if key not in ("from", "prices")]
        if further:
            st.caption(
                _changes_of(code, str(version["from"]))
                or f"It changes more than the price: {', '.join(further).replace('_', ' ')}."
            )
        fields.problem_below(drafts.current().problems_at(".".join(path)))
        fields.problem_below(drafts.current().problems_at(".".join((*path, "prices"))))
    st.button(
        "Compare three ways to introduce it",
        key=fields.key_of("three ways", code),
        help="As today, beside the new price for everybody, for new customers only, and for those who came in the 90 days before.",
        on_click=drafts.change,
        args=(with_three_ways, code),
        kwargs={"undoable": True},
        disabled=bool(drafts.current().problems),
    )


def _changes_of(code: str, day: str) -> str:
    """What the version of a day says, as quotes read it back; empty while something of the draft is wrong."""
    draft = drafts.current()
    found = (
        []
        if draft.problems
        else [said for at, said in version_days(draft.catalog, draft.catalog.plans[code]) if f"{at}" == day]
    )
    return escaped(f"It says: {found[0]}.") if found else ""


def _day_of(code: str, place: int) -> Callable[[Design, str], Design]:
    return lambda design, day: with_version_day(design, code, place, day)


FIELDS: Final[Mapping[MoreTerm, Callable[[str], None]]] = {
    "versions": _versions,
    "rollover": _rollover,
    "minimum_commitment": _commitment,
    "spend_cap": _cap,
    "billing_day": _billing_day,
}
