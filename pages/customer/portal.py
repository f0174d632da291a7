"""The Customers page's portal: what the customer would see of plan, allowance, packs and invoices on a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st

from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.formats import day_words, moment_words
from commet_core.foundation.money import format_amount, format_exact, plain
from commet_core.foundation.wording import invoice_name, plural, quantity
from commet_core.reports.statement import Statement
from commet_core.reports.statement.buying_words import purchase_assumption, top_up_assumption
from commet_core.reports.statement.portal import FeatureState, Portal, portal
from commet_core.reports.statement.portal_further import LevelState
from commet_core.reports.statement.words import model_price_words, price_words
from pages.customer.cells import cell_text, unbroken
from pages.shared.links import page_link
from pages.shared.tables import dollars, escaped

LATEST_INVOICES = 4


def section(statement: Statement) -> None:
    st.header("What the customer sees", anchor=False)
    seen = portal(statement, _moment(statement))
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        with left:
            _plan(statement, seen)
        with right:
            if statement.run.sells("packs"):
                _packs(statement, seen)
            elif statement.run.sells("top_ups") and seen.blocks:
                st.markdown("**Top-ups**")
                st.caption(escaped(top_up_assumption(statement)))
            _invoices(statement, seen)


def _moment(statement: Statement) -> datetime:
    """The end of a day of the subscription, at first of the window's last."""
    first, last = date_of(statement.start_day), statement.replayed.window.end - timedelta(days=1)
    day = last
    if first < last:
        st.session_state["replay_day"] = min(max(st.session_state.get("replay_day", last), first), last)
        day = st.slider(f"End of day ({statement.zone})", first, last, format="D MMM YYYY", key="replay_day")
    return statement.time(statement.run.timeline.days.start(day_number(day) + 1))


def _plan(statement: Statement, seen: Portal) -> None:
    price = price_words(seen.price, seen.interval, statement.currency)
    if seen.state in ("paused", "canceled"):
        st.markdown(f"**{cell_text(seen.plan_name)}** · {seen.state if seen.started else 'not subscribed yet'}")
        st.caption(_standstill_words(seen))
        if seen.purchased_left is not None:
            st.metric("Purchased credits, kept", plain(seen.purchased_left), width="content")
        return
    trial = ", in trial" if seen.state == "trial" else ""
    st.markdown(f"**{cell_text(seen.plan_name)}** · {dollars(price)}{trial}")
    st.caption(_period_words(seen))
    if not seen.features:
        st.caption("The plan has no features, so everything is refused.")
    elif seen.plan_left is None:
        for feature in seen.features:
            _metered_feature(feature)
    else:
        _left(statement, seen)
        _enough_for(statement, seen)
    for level in seen.levels:
        _level(level)
    st.markdown("\n".join(f"- {escaped(words)}" for words in _further(statement, seen)))


def _level(level: LevelState) -> None:
    """How many seats, or units of a quota, are held."""
    if level.included is None:
        st.markdown(escaped(f"{level.name}: {quantity(level.held, level.unit)} held, unlimited"))
        return
    beyond = f"beyond that {level.beyond}" if level.beyond else "no more can be held"
    words = f"{level.name}: {quantity(level.held, level.unit)} held, {plain(level.included)} included, {beyond}"
    st.progress(level.used_share, escaped(words))


def _further(statement: Statement, seen: Portal) -> list[str]:
    """What else there is to know, a sentence each; none of a rule that the plan does not have."""
    currency, said = statement.currency, []
    if seen.lent:
        said.append(f"The plan {seen.lent} is lent: its limits count.")
    said += [f"Add-on {words}." for words in seen.add_ons]
    if seen.rolled_in:
        much = format_exact(seen.rolled_in, currency) if seen.purchased_left is None else quantity(seen.rolled_in, "credit")
        said.append(f"{much} of this period came from the period before, and is used first.")
    if seen.cap is not None:
        beyond = "what goes beyond is free" if seen.cap.free else "what would go beyond is refused"
        reached = f"; reached on {moment_words(seen.cap.reached_at)}" if seen.cap.reached_at is not None else ""
        said.append(f"Spend cap of {format_exact(seen.cap.amount, currency)} a period: {beyond}{reached}.")
    if seen.commitment:
        said.append(f"Minimum commitment: {seen.commitment}.")
    if seen.credit_left:
        said.append(f"Customer credit left: {format_exact(seen.credit_left, currency)}.")
    return said


def _standstill_words(seen: Portal) -> str:
    """Why nothing can be used (billing-rules 8.4, 8.5)."""
    since = day_words(seen.period_start)
    if not seen.started:
        return "What is asked for before the subscription starts is refused."
    return f"{seen.state.capitalize()} since {since}: nothing is charged, and what is asked for is refused."


def _period_words(seen: Portal) -> str:
    """When the period began, when it resets, and when something is charged next."""
    if seen.state == "trial":
        ends = f" Nothing is charged until the trial ends on {day_words(seen.next_charge_at)}." if seen.next_charge_at else ""
        return (
            f"This period of the trial began on {day_words(seen.period_start)}; it ends on {day_words(seen.resets_at)}.{ends}"
        )
    charge = f" Next charge on {day_words(seen.next_charge_at)}." if seen.next_charge_at else ""
    return f"Since {day_words(seen.period_start)}; resets on {day_words(seen.resets_at)}.{charge}"


def _metered_feature(feature: FeatureState) -> None:
    """How much of a feature is used and left, as a bar with its words."""
    if feature.included is None:
        used = quantity(feature.used, feature.unit)
        st.markdown(escaped(f"{feature.name}: {used} used, unlimited"))
        return
    unit = plural(feature.unit)
    words = f"{feature.name}: {plain(feature.used)} of {plain(feature.included)} {unit} used, {_rest(feature)}"
    st.progress(feature.used_share or 0.0, escaped(words))


def _rest(feature: FeatureState) -> str:
    """What comes after what is used: so much left, or so much beyond at a price."""
    if feature.overage:
        return f"{plain(feature.overage)} beyond at {feature.beyond}"
    return f"{plain(feature.left or Decimal(0))} left, then {feature.beyond or 'refused'}"


def _left(statement: Statement, seen: Portal) -> None:
    """What is left of plan credits and purchased credits, or of the balance."""
    assert seen.plan_left is not None
    assert seen.granted is not None
    currency = statement.currency
    with st.container(horizontal=True, gap="large"):
        if seen.purchased_left is None:
            granted = dollars(format_exact(seen.granted, currency))
            st.metric(f"Balance left of {granted}", format_amount(seen.plan_left, currency), width="content")
        else:
            st.metric(f"Plan credits left of {plain(seen.granted)}", plain(seen.plan_left), width="content")
            st.metric("Purchased credits left", plain(seen.purchased_left), width="content")
    if seen.plan_left < 0:
        below = format_amount(-seen.plan_left, currency)
        st.markdown(dollars(f"{below} of overage so far, to be charged at the end of the period."))


def _enough_for(statement: Statement, seen: Portal) -> None:
    """What each feature costs, and how many units what is left pays for."""
    rows = [
        f"| {cell_text(feature.name)} | {cell_text(_cost(feature, statement.currency))} | {cell_text(_enough(feature))} |"
        for feature in seen.features
    ]
    st.markdown("\n".join(["| Feature | Cost | Enough for |", "| :-- | :-- | --: |", *rows]))


def _cost(feature: FeatureState, currency: str) -> str:
    if feature.unlimited:
        return "unlimited"
    if feature.credits_per_unit is not None:
        return f"{quantity(feature.credits_per_unit, 'credit')} per {feature.unit}"
    if feature.margin is not None:
        return f"{model_price_words(feature.margin)} per {feature.unit}"
    return f"{format_exact(feature.unit_price or Decimal(0), currency)} per {feature.unit}"


def _enough(feature: FeatureState) -> str:
    if feature.margin is not None:
        return "depends on the tokens"
    return "any number" if feature.left is None else quantity(feature.left, feature.unit)


def _packs(statement: Statement, seen: Portal) -> None:
    if seen.packs_left:
        st.markdown("**Packs in hand**")
        rows = [
            f"| {cell_text(pack.name or 'Given')} | {plain(pack.left)} "
            f"| {'never' if pack.expires_at is None else unbroken(moment_words(pack.expires_at))} |"
            for pack in seen.packs_left
        ]
        st.markdown("\n".join(["| Pack, in the order of use | Credits left | Expires |", "| :-- | --: | :-- |", *rows]))
    st.markdown("**Packs to buy**")
    if not seen.packs:
        st.caption("None are sold on this plan.")
        page_link("pages/plans.py", "Add a credit pack")
        return
    rows = [
        f"| {cell_text(pack.name or code)} | {plain(pack.credits)} | {dollars(format_exact(pack.price, statement.currency))} |"
        for code, pack in seen.packs.items()
    ]
    st.markdown("\n".join(["| Pack | Credits | Price |", "| :-- | --: | --: |", *rows]))
    st.caption(escaped(purchase_assumption(statement)))


def _invoices(statement: Statement, seen: Portal) -> None:
    st.markdown("**Latest invoices**")
    count = seen.invoices.num_rows
    if count == 0:
        st.caption("None: the plan is free." if seen.state == "active" and seen.interval is None else "None yet.")
        return
    rows = [
        f"| {row['invoice_number']} | {unbroken(day_words(statement.there(row['issued_at'])))} | {unbroken(invoice_name(row['kind']))} "
        f"| {dollars(format_amount(row['total'], statement.currency))} |"
        for row in seen.invoices.slice(0, LATEST_INVOICES).to_pylist()
    ]
    st.markdown("\n".join(["| No. | Issued | Kind | Total |", "| --: | :-- | :-- | --: |", *rows]))
    if count > LATEST_INVOICES:
        st.caption(f"{count - LATEST_INVOICES:,} earlier below")
