"""Candidates: which plans and line-ups are compared, on which billing interval, with customers who buy what when they run out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import streamlit as st

from commet_core.catalog.plans import model_sells
from commet_core.foundation.wording import interval_name
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.drafts import (
    intervals_of,
    name_of,
    packs_for,
    plans_of,
    with_candidate,
    with_candidate_value,
    without_candidate,
)
from commet_core.scenario.drafts.adoption import BY_DAY, Adopters, adopters_of, day_of, newest_version, with_adopters
from commet_core.scenario.drafts.candidates import add_ons_for
from commet_core.scenario.drafts.line_ups import with_candidate_on
from commet_core.scenario.drafts.markets import market_label, markets_of
from pages.plan_editor import drafts, fields, line_up_editor
from pages.plan_editor.labels import line_up_label, plan_label
from pages.shared.glossary import meaning
from pages.shared.tables import distinct

_GROUP = "group "
"""What stands before a plan group's code among the options, where plans are too; no code has a space."""


def candidates() -> None:
    design = drafts.current().design
    if not design.group("plans"):
        st.markdown("Nothing to compare: add a plan first.")
        return
    if not design.candidates:
        st.markdown("No plan is compared yet. Add a candidate to see bills, curves and the comparison.")
    if design.candidates:
        with st.container(key="plans_candidates", border=True):
            for place in range(len(design.candidates)):
                with st.container():
                    _candidate(place)
    if any(problem.where.startswith("reporting") for problem in drafts.current().problems):
        st.markdown(
            ":red[Customers are billed in several currencies: type the currency of sums over all, and its rates, under Currency and file.]"
        )
    with st.container(horizontal=True):
        st.button("Add a candidate", key="plans_add_candidate", on_click=_add)
        line_up_editor.additions()


def _add() -> None:
    design = drafts.current().design
    compared = [candidate.get("plan") for candidate in design.candidates]
    codes = list(design.group("plans"))
    drafts.edit(with_candidate(design, next((code for code in codes if code not in compared), codes[0])))


def _candidate(place: int) -> None:
    draft = drafts.current()
    candidate = draft.design.candidates[place]
    plans = plans_of(draft.design, candidate)
    contents = [draft.design.group("plans")[plan] for plan in plans]
    widths = [1.5, 2.2, 1.4, 2.2, *([1.5] if draft.design.group("offers") else []), 1.1]
    name, which, interval, bought, *offers, remove = st.columns(widths, gap="xsmall", vertical_alignment="bottom")
    with name:
        _name(place)
    with which:
        _which(place, candidate)
    with interval:
        _interval(place, candidate, plans)
    with bought:
        _purchases(place, candidate, plans)
    for column in offers:
        with column:
            _offer(place, candidate, contents)
    with remove:
        st.button(
            "Remove",
            key=fields.key_of("remove", str(place)),
            type="tertiary",
            on_click=drafts.change,
            args=(without_candidate, place),
            kwargs={"undoable": True},
        )
    _further(place, candidate, plans)
    _adopters(place, candidate)
    if "group" in candidate:
        line_up_editor.choosing(place)
    shown = {f"candidates.{place}.{key}" for key in ("name", *line_up_editor.fields_of(candidate))}
    for problem in draft.problems:
        if problem.where.startswith(f"candidates.{place}.") and problem.where not in shown:
            fields.problem_below([problem])


def _seen(place: int) -> Literal["visible", "collapsed"]:
    """Fields that every candidate has are called by their names above the first one alone."""
    return "collapsed" if place else "visible"


def _which(place: int, candidate: dict[str, Any]) -> None:
    """The plan or the line-up, in one select box."""
    design, key = drafts.current().design, fields.key_of("candidate", str(place), "plan")
    options = {code: plan_label(design, code) for code in design.group("plans")}
    groups = [group for group in design.group("plan_groups") if plans_of(design, {"group": group})]
    options |= {f"{_GROUP}{group}": line_up_label(design, group) for group in groups}
    labels = {one: label.replace(f" · {_GROUP}", " · ") for one, label in distinct(options).items()}
    chosen = f"{_GROUP}{candidate['group']}" if "group" in candidate else candidate.get("plan")
    st.session_state[key] = chosen if chosen in labels else None
    st.selectbox(
        "Plan or line-up",
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        label_visibility=_seen(place),
        on_change=_moved,
        args=(key, place),
    )


def _moved(key: str, place: int) -> None:
    chosen, design = st.session_state[key], drafts.current().design
    if chosen is None:
        return
    where = {"group": chosen.removeprefix(_GROUP)} if chosen.startswith(_GROUP) else {"plan": chosen}
    drafts.edit(with_candidate_on(design, place, **where))


def _interval(place: int, candidate: dict[str, Any], plans: Sequence[str]) -> None:
    """The billing interval, among those for which all plans that are not free have a price."""
    design = drafts.current().design
    offered = intervals_of(design, plans)
    if not offered:
        return
    options = {str(one): interval_name(one) for one in offered}
    first = next(iter(design.group("plans")[plans[0]].get("prices") or {}), "")
    usual: str = "monthly" if "monthly" in offered else first
    if "group" in candidate and "monthly" not in offered:
        options, usual = {"": "as each plan is", **options}, ""
    chosen = candidate.get("interval") or usual
    _choice("Billed", place, "interval", options, chosen, _seen(place))


def _name(place: int) -> None:
    draft, key = drafts.current(), fields.candidate_key(place, "name")
    st.session_state[key] = str(draft.design.candidates[place].get("name", ""))  # which may follow the name of its plan
    st.text_input(
        "Name",
        key=key,
        on_change=lambda: drafts.change(with_candidate_value, place, "name", st.session_state[key]),
        label_visibility=_seen(place),
    )
    fields.problem_below(draft.problems_at(f"candidates.{place}.name"))


def _choice(
    label: str,
    place: int,
    what: str,
    options: dict[str, str],
    chosen: str,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> None:
    fields.choice(
        label,
        ("candidate", str(place), what),
        options,
        chosen,
        lambda design, wanted: with_candidate_value(design, place, what, wanted or None),
        label_visibility=label_visibility,
    )


def _purchases(place: int, candidate: dict[str, Any], plans: Sequence[str]) -> None:
    """What customers do when they run out: buy packs that one of the plans sells, or top up a balance that stops."""
    design = drafts.current().design
    contents = [design.group("plans")[plan] for plan in plans]
    model = contents[0].get("consumption_model") if contents else None
    if model_sells(model, "packs"):
        packs = {code: pack for plan in plans for code, pack in packs_for(design, plan).items()}
        rules = {"none": "Wait for the reset", "smallest_sufficient": "Buy the smallest enough"}
        rules |= distinct({code: f"Buy {name_of(design, 'credit_packs', code)}" for code in packs})
        rule = candidate.get("purchases", {}).get("pack", "none")
        key = fields.key_of("candidate", str(place), "pack")
        st.session_state[key] = rule
        st.selectbox(
            "When credits run out",
            list(rules),
            help=meaning("pack"),
            format_func=lambda one: rules.get(one, one),
            key=key,
            on_change=_rule,
            args=(key, place),
        )
    elif model_sells(model, "top_ups") and any(
        plan.get("block_on_exhaustion") is True or not plan.get("prices") for plan in contents
    ):
        key = fields.candidate_key(place, "top_up")
        fields.shown(key, (candidate.get("top_up") or {}).get("amount"), number_text)
        label = f"Top up by ({drafts.sign()})"
        st.text_input(label, key=key, placeholder="never", help=meaning("top-up"), on_change=_top_up, args=(key, place))


def _offer(place: int, candidate: dict[str, Any], plans: Sequence[dict[str, Any]]) -> None:
    """The discount that customers begin with, where there are offers and a price to take them off."""
    design = drafts.current().design
    if not any(plan.get("prices") for plan in plans):
        return
    codes = {code: name_of(design, "offers", code) for code in design.group("offers")}
    labels = {"": "none", **distinct(codes)}
    key = fields.key_of("candidate", str(place), "offer")
    st.session_state[key] = candidate.get("offer", "")
    st.selectbox(
        "Offer at the start",
        list(labels),
        format_func=lambda code: labels.get(code, code),
        key=key,
        on_change=lambda: drafts.change(with_candidate_value, place, "offer", st.session_state[key] or None),
    )


def _further(place: int, candidate: dict[str, Any], plans: Sequence[str]) -> None:
    """Add-ons, a promo code and the market of its customers, where there are any to choose."""
    design = drafts.current().design
    able = add_ons_for(design, plans)
    codes, markets = list(design.group("promo_codes")), list(markets_of(design))
    if not able and not codes and not markets:
        return
    columns = iter(st.columns(3))
    if able:
        with next(columns):
            _add_ons(place, candidate, able)
    if codes:
        with next(columns):
            _choice(
                "Promo code at the start",
                place,
                "promo_code",
                {"": "none"} | {code: code for code in codes},
                candidate.get("promo_code") or "",
            )
    if markets:
        with next(columns):
            options = {each: market_label(design, each) for each in ("", *markets)}
            chosen = candidate.get("market") or ""
            options.setdefault(chosen, chosen)
            _choice("Without a market, in", place, "market", options, chosen)


ADOPTERS: Final[dict[Adopters, str]] = {
    "everybody": "Everybody, from their next renewal",
    "nobody": "New customers only",
    "started_since": "And those who started since",
    "started_before": "And those who started before",
    "otherwise": "As its file says",
}
"""Who pays the new price of a plan whose price changes, beside those who come later."""


def _adopters(place: int, candidate: dict[str, Any]) -> None:
    """Who of those that are there pays the new price, where the plan's price changes."""
    design = drafts.current().design
    if not newest_version(design, candidate):
        return
    chosen = adopters_of(design, candidate)
    which, when = st.columns([3, 2])
    with which:
        options = {way: words for way, words in ADOPTERS.items() if way != "otherwise" or chosen == way}
        fields.choice(
            "Who pays the new price",
            ("candidate", str(place), "adopters"),
            options,
            chosen,
            lambda design, wanted: with_adopters(design, place, wanted),
        )
    if chosen in BY_DAY:
        with when:
            key = fields.candidate_key(place, "adopters_day")
            fields.shown(key, day_of(candidate), str.strip)
            st.text_input(
                "Day",
                key=key,
                placeholder="2026-03-01",
                on_change=fields.edited,
                args=(key, str.strip, lambda design, day: with_adopters(design, place, chosen, day)),
            )


def _add_ons(place: int, candidate: dict[str, Any], able: Sequence[str]) -> None:
    key, design = fields.candidate_key(place, "addons"), drafts.current().design
    st.session_state[key] = [code for code in candidate.get("addons", ()) if code in able]
    st.multiselect(
        "Add-ons that customers have",
        able,
        format_func=lambda code: name_of(design, "addons", code),
        key=key,
        placeholder="none",
        on_change=lambda: drafts.change(with_candidate_value, place, "addons", list(st.session_state[key]) or None),
    )


def _rule(key: str, place: int) -> None:
    design = drafts.current().design
    rule = {**design.candidates[place].get("purchases", {}), "pack": st.session_state[key]}
    drafts.edit(with_candidate_value(design, place, "purchases", rule if rule["pack"] != "none" else None))


def _top_up(key: str, place: int) -> None:
    design, amount = drafts.current().design, number_text(fields.taken(key))
    rule = {**(design.candidates[place].get("top_up") or {}), "amount": amount}
    drafts.edit(with_candidate_value(design, place, "top_up", rule if amount else None))
