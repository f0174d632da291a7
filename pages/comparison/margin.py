"""Margin: what was earned less what serving it cost, by candidate, feature and customer; and what refusals would have brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent, percent_of
from commet_core.foundation.money import format_amount, plain
from commet_core.foundation.wording import listed
from commet_core.reports.compare.behind import total
from commet_core.reports.compare.section_titles import margins_title
from commet_core.reports.margin import Margin, cost_is_known
from commet_core.reports.margin.revenue import Basis
from pages.comparison import figures
from pages.comparison.customer_list import customer_list, one_of, search_box
from pages.comparison.models import models_of
from pages.shared.charts import margins as margin_charts
from pages.shared.frame import show_problems
from pages.shared.glossary import meaning
from pages.shared.links import page_link
from pages.shared.palette import palette, show
from pages.shared.tables import amount_cells, downloads, escaped, money_column, signed_column, text_table

BASIS_WORDS: dict[Basis, str] = {
    "prices": "A base price is shared out to features by what their included usage would cost at the plan's own prices.",
    "costs": "A base price is shared out to features by what they cost to serve, for the plan has no price of its own for some.",
    "events": "A base price is shared out to features by events served, for neither a price nor a cost is known for all of them.",
}


def margin(replayed: Replay) -> None:
    """The whole section; where no cost is known, what to do about it."""
    try:
        found = figures.margins(replayed)
    except InputError as error:
        show_problems(error)
        return
    names = {code: feature.name for code, feature in replayed.scenario.catalog.features.items() if feature.name}
    if not cost_is_known(replayed, found):
        st.info(
            "There is no margin to show yet: it is not known what serving one unit of any feature costs you. Type it in on the Plans "
            "page, at each feature."
        )
        _to_features("Go to Plans → Features")
        return
    _uncosted(found, names)
    _candidates(replayed, found)
    candidates = [one.candidate for one in found]
    name = candidates[0]
    if len(candidates) > 1:
        name = one_of("Features and customers of", candidates, "compare_margin_of")
    chosen = next(one for one in found if one.candidate == name)
    _features(replayed, name, names)
    _customers(replayed, chosen)
    _blocked(replayed, found, names)


def _to_features(label: str) -> None:
    page_link("pages/plans.py", label, show="features")


def _uncosted(found: Sequence[Margin], names: Mapping[str, str]) -> None:
    """Which features have no known cost, and so cost nothing here."""
    without = list(dict.fromkeys(feature for one in found for feature in one.features_without_cost))
    if not without:
        return
    with st.container(border=True):
        said = listed([names.get(feature, feature) for feature in without])
        st.warning(escaped(f"What serving {said} costs is not known, or not for all of it: margins are too high by that much."))
        _to_features("Say what a unit costs: Plans → Features")


def _candidates(replayed: Replay, found: Sequence[Margin]) -> None:
    currency = replayed.currency
    st.markdown(
        f"**{escaped(margins_title(found, currency))}**",
        help=f"{meaning('margin')} Over the window; only usage that was served costs anything.",
    )
    figure = margin_charts.earned_and_cost(found, models_of(replayed), palette(), currency)
    show(figure, "What each candidate earned, and how much of it serving the usage cost", key="compare_margins")
    columns = {
        "Candidate": [one.candidate for one in found],
        "Earned": amount_cells([one.earned for one in found], currency),
        "Cost to serve": amount_cells([one.cost for one in found], currency),
        "Margin": amount_cells([one.margin for one in found], currency),
        "Margin, % of earned": ["" if one.share is None else percent(one.share) for one in found],
        "Customers served at a loss": [f"{one.customers_at_loss:,} of {one.customers:,}" for one in found],
        "Their loss": amount_cells([one.loss for one in found], currency),
    }
    text_table(columns, left=("Candidate",), alt="Earned, cost to serve and margin by candidate")


def _features(replayed: Replay, name: str, names: Mapping[str, str]) -> None:
    found, currency = figures.feature_margins(replayed, name), replayed.currency
    rows = found.table.to_pylist()
    st.markdown(
        "**By feature**",
        help=f"{BASIS_WORDS[found.basis]} An overage is its feature's own. The rows add up to the candidate's.",
    )
    columns = {
        "Feature": [
            "no feature: periods without use" if row["feature"] is None else names.get(row["feature"], row["feature"])
            for row in rows
        ],
        "Units served": [plain(row["served"]) for row in rows],
        "Earned": amount_cells([row["earned"] for row in rows], currency),
        "Cost to serve": amount_cells([row["cost"] for row in rows], currency),
        "Margin": amount_cells([row["margin"] for row in rows], currency),
        "Margin, % of earned": [percent_of(row["margin"], row["earned"]) for row in rows],
    }
    text_table(columns, left=("Feature",), alt=f"Earned, cost to serve and margin by feature under {name}")


def _customers(replayed: Replay, of: Margin) -> None:
    currency, name = replayed.currency, of.candidate
    st.markdown("**By customer**")
    st.markdown(escaped(_losses_in_words(of, currency)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        side = st.segmented_control("Customers", ["All", "At a loss"], default="All", required=True, key="compare_margin_side")
        search = search_box("compare_margin_search", width=280)
    table = figures.customer_margins(replayed, name, at_loss=side == "At a loss")
    signed = {"margin": "Margin", "outstanding": "Outstanding"}
    labels = {"earned": "Earned", "cost": "Cost to serve", "margin": "", "billed": "Billed", "outstanding": ""}
    found, count = customer_list(
        table,
        {
            column: signed_column(signed[column], currency) if column in signed else money_column(label, currency)
            for column, label in labels.items()
        },
        search,
        key=f"compare_margin_table_{side}_{name}",
        candidate=name,
        alt=f"Customers by margin under {name}, the lowest first",
        of=of.customers,
    )
    sums = ", ".join(
        f"{word} {format_amount(total(found, column), currency)}"
        for word, column in (("earned", "earned"), ("cost", "cost"), ("margin", "margin"))
    )
    st.caption(escaped(f"{count}, the lowest margin first; together {sums}."))
    downloads("margins_by_customer", lambda: {"margins by customer": table}, key="compare_margin_download")


def _losses_in_words(of: Margin, currency: str) -> str:
    if not of.customers_at_loss:
        return f"Under {of.candidate} no customer is served at a loss."
    one = of.customers_at_loss == 1
    return (
        f"Under {of.candidate} {of.customers_at_loss:,} of {of.customers:,} customers {'is' if one else 'are'} served at a loss: "
        f"{'it costs' if one else 'together they cost'} {format_amount(of.loss, currency)} more than {'it earns' if one else 'they earn'}."
    )


def _blocked(replayed: Replay, found: Sequence[Margin], names: Mapping[str, str]) -> None:
    """What refused usage would have cost, and earned at each plan's price for more."""
    values, currency = [value for one in found for value in one.blocked], replayed.currency
    st.markdown(
        "**What refused usage would have cost and earned**",
        help="At the price of the customer's plan for more: the overage price, the credits in the cheapest pack, or the price on the "
        "balance. It is what all of it would have brought had it been paid for, and no forecast of who would pay.",
    )
    if not values:
        st.success("No candidate refuses anything on this usage.")
        return
    columns = {
        "Candidate": [value.candidate for value in values],
        "Feature": [names.get(value.feature, value.feature) for value in values],
        "Units refused": [plain(value.units) for value in values],
        "Would have cost": amount_cells([value.cost for value in values], currency),
        "Would have earned": [cell or "no price for more" for cell in amount_cells([one.revenue for one in values], currency)],
        "Margin": amount_cells([value.margin for value in values], currency),
    }
    text_table(columns, left=("Candidate", "Feature"), alt="What refused usage would have cost and earned")
