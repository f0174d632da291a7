"""Prices in other currencies and markets on the Plans page: of a plan under its further terms, of packs and add-ons below their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import streamlit as st

from commet_core.foundation.money import symbol
from commet_core.foundation.wording import interval_name, listed
from commet_core.reports.quote.typed import number_text
from commet_core.scenario.drafts import Design, Kind, Path, name_of, places_in_words
from commet_core.scenario.drafts.markets import (
    AMOUNTS,
    BY_PLACE,
    OwnPrice,
    PricedIn,
    amount_paths,
    feature_prices,
    market_label,
    markets_of,
    missing_in,
    own_price_paths,
    priced_in,
    with_feature_price,
    with_own_price,
    with_own_prices,
)
from pages.plan_editor import drafts, fields
from pages.shared.tables import escaped

_AMOUNTS: Final[Mapping[str, str]] = {
    "included_balance": "Included balance",
    "minimum_commitment": "Commitment",
    "spend_cap": "Cap",
    "rollover": "Rolls over at most",
}


class _Asked(NamedTuple):
    """A field of a plan's prices in a place. path: of what it holds; lacks: how what is missing there is called, below the place."""

    words: str
    path: Path
    lacks: str


def own_prices(code: str) -> None:
    """A plan's prices in other currencies and markets; nothing where the catalog has no markets."""
    design = drafts.current().design
    plan = design.group("plans")[code]
    places = _places(design)
    on = any(by in plan for by in BY_PLACE)
    if not places and not on:
        return
    key = fields.key_of("term", code, "currency_prices")
    st.session_state[key] = on
    st.toggle(
        "It has prices in other currencies",
        key=key,
        help="Nothing is converted: a price that is missing for customers of a market is told, and nothing is replayed until it is there.",
        on_change=lambda: drafts.edit(with_own_prices(drafts.current().design, code, on=st.session_state[key])),
    )
    if not on or not places:
        _other_problems(code, ())
        return
    place = _chosen(places, code, first=[one for one in places.values() if missing_in(design, code, one)])
    shown = _prices_in(code, place)
    _other_problems(code, shown)
    others = [_called(design, one) for one in priced_in(design) if one != place and _lacks(design, code, one, place)]
    if others:
        st.markdown(f":red[{escaped(f'Prices are missing too in {listed(others)}.')}]")


def _places(design: Design) -> dict[str, PricedIn]:
    return {f"{place.by}/{place.code}": place for place in priced_in(design)}


def _lacks(design: Design, code: str, place: PricedIn, shown: PricedIn) -> bool:
    """Whether prices are missing in a currency that the place that is shown does not tell of."""
    of_shown = shown.code if shown.by == "currency_prices" else _currency(design, shown)
    return place.by == "currency_prices" and place.code != of_shown and bool(missing_in(design, code, place))


def _chosen(places: Mapping[str, PricedIn], *parts: str, first: list[PricedIn] | None = None) -> PricedIn:
    """The place whose prices are shown: at first one in which some are missing."""
    key, design = fields.key_of("priced in", *parts), drafts.current().design
    if st.session_state.get(key) not in places:
        usual = next(iter(first or places.values()))
        st.session_state[key] = f"{usual.by}/{usual.code}"
    return places[st.selectbox("Prices in", list(places), format_func=lambda place: _called(design, places[place]), key=key)]


def _called(design: Design, place: PricedIn) -> str:
    if place.by == "currency_prices":
        return f"{place.code.upper()}, in every market"
    return f"{market_label(design, place.code)} alone"


def _currency(design: Design, place: PricedIn) -> str:
    return place.code if place.by == "currency_prices" else str(markets_of(design)[place.code].get("currency") or "").lower()


def _prices_in(code: str, place: PricedIn) -> list[str]:
    """The fields of a plan's prices in a place, each with what is missing there; the paths of the problems that they tell."""
    design = drafts.current().design
    missing, sign = missing_in(design, code, place), symbol(_currency(design, place)).strip()
    empty = "needed" if place.by == "currency_prices" else "as in its currency"
    base: Path = ("plans", code, place.by, place.code)
    asked = _asked(design, code, place, sign)
    columns = st.columns(3)
    for place_of_field, one in enumerate(asked):
        with columns[place_of_field % len(columns)]:
            fields.number(one.words, one.path, placeholder=empty)
            _needed((*base, *one.lacks.split(".")), one.path, missing.pop(one.lacks, []))
    told = [told for one in asked for told in (".".join(one.path), ".".join((*base, *one.lacks.split("."))))]
    for feature, is_number in feature_prices(design.group("plans")[code]).items():
        path, lacking = (*base, "features", feature), missing.pop(f"features.{feature}", [])
        _feature_price(code, place, feature, sign, empty, is_number=is_number)
        _needed(path, (*path, "unit_price"), lacking)
        told += [".".join(path), ".".join((*path, "unit_price"))]
    for path_of, markets in missing.items():
        where = places_in_words(design, ".".join((*base, path_of)))
        st.markdown(f":red[{escaped(f'{where}: needed for {listed(markets)}, and written in the catalog’s file.')}]")
    return [*told, *(".".join((*base, path_of)) for path_of in missing)]


def _asked(design: Design, code: str, place: PricedIn, sign: str) -> list[_Asked]:
    plan, base = design.group("plans")[code], ("plans", code, place.by, place.code)
    found = [
        _Asked(f"{interval_name(each).capitalize()} ({sign})", (*base, "prices", each), f"prices.{each}")
        for each in plan.get("prices") or {}
    ]
    for key, inside in amount_paths(plan, design.value(base) or {}).items():
        lacks = ".".join(part for part in (key, AMOUNTS[key]) if part)
        found.append(_Asked(f"{_AMOUNTS[key]} ({sign})", (*base, *inside), lacks))
    return found


def _needed(where: Path, field: Path, markets: list[str]) -> None:
    """What is missing in the field above: as the scenario says it, else for whom it is needed."""
    told = drafts.current().problems_at(".".join(where))
    if where != field:
        fields.problem_below(told)
    if markets and not told:
        st.markdown(f":red[{escaped(f'Needed: without it nobody in {listed(markets)} can be on this plan.')}]")


def _other_problems(code: str, shown: list[str] | tuple[str, ...]) -> None:
    """What is wrong with a plan's prices in other places, and in parts that have no field."""
    design = drafts.current().design
    for problem in drafts.current().problems:
        here = any(f"{problem.where}.".startswith(f"plans.{code}.{by}.") for by in BY_PLACE)
        if here and problem.where not in shown:
            where = places_in_words(design, problem.where)
            st.markdown(f":red[{escaped(f'{where}: {problem.what}. {problem.fix}.')}]")


def _feature_price(code: str, place: PricedIn, feature: str, sign: str, empty: str, *, is_number: bool) -> None:
    path: Path = ("plans", code, place.by, place.code, "features", feature)
    called = escaped(name_of(drafts.current().design, "features", feature))
    if not is_number:
        st.caption(f"{called} has tiers, packages or prices by interval: its prices here are written in the catalog's file.")
        return
    fields.text_of(
        f"{called}, a unit ({sign})",
        (*path, "unit_price"),
        lambda design, typed: with_feature_price(design, code, place, feature, number_text(typed)),
        placeholder=empty,
    )


def _words(price: OwnPrice) -> str:
    if price.of_usage:
        return "Price a unit"
    return "Price" if price.interval is None else f"Price, {interval_name(price.interval)}"


def _change_of(price: OwnPrice) -> Callable[[Design, str], Design]:
    return lambda design, typed: with_own_price(design, price, number_text(typed))


def converted_prices(kind: Kind, code: str) -> None:
    """What a pack or an add-on costs in another place, where that is not converted; nothing where the catalog has no markets."""
    design = drafts.current().design
    places = _places(design)
    if not places:
        return
    which, *columns = st.columns([2.4, 1.5, 1.5, 1.5])
    with which:
        place = _chosen(places, kind, code)
    sign = symbol(_currency(design, place)).strip()
    asked, in_file = own_price_paths(design, kind, code, place)
    for place_of_field, one in enumerate(asked):
        with columns[place_of_field % len(columns)]:
            fields.text_of(f"{_words(one)} ({sign})", one.path, _change_of(one), placeholder=one.empty)
    if in_file:
        st.caption("Its tiers or packages in other currencies are written in the catalog's file.")
    base = f"{kind}.{code}.{place.by}.{place.code}"
    told = [".".join(one.path) for one in asked]
    for problem in drafts.current().problems:
        if any(problem.where.startswith(f"{kind}.{code}.{by}.") for by in BY_PLACE) and problem.where not in told:
            where = "" if problem.where == base else f"{places_in_words(design, problem.where)}: "
            st.markdown(f":red[{escaped(f'{where}{problem.what}. {problem.fix}.')}]")
