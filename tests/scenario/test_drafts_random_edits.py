"""Whatever is edited: a design that is right goes through YAML and back and loses nothing; one that is wrong says where."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commet_core.catalog.level_terms import FeatureType
from commet_core.catalog.offers import PhaseType
from commet_core.catalog.plans import MODELS, Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts import Design, places_in_words, with_copy, with_how, with_model, with_value, without
from commet_core.scenario.drafts.add_ons import with_new_add_on
from commet_core.scenario.drafts.feature_types import with_new_feature, with_type
from commet_core.scenario.drafts.interval_prices import intervals_to_price, with_price_for
from commet_core.scenario.drafts.more_terms import terms_for, with_term
from commet_core.scenario.drafts.offers import with_new_offer, with_new_promo_code, with_phase, with_phase_type, with_phases
from commet_core.scenario.drafts.overage import with_tier, with_way
from commet_core.scenario.drafts.saved import as_typed, design_of
from tests.support.all_terms import CANDIDATES, DOCUMENT

Edit = Callable[[Design, st.DataObject], Design]
TODAY = date(2026, 5, 20)
KINDS: tuple[FeatureType, ...] = ("usage", "seats", "quota", "boolean")
PHASES: tuple[PhaseType, ...] = ("free_trial", "percentage", "amount_off", "fixed_price")
TYPED = ("", "0", "7", "12.5", "-1", "many", "0.000000001", "123456789012")


def one(data: st.DataObject, values: Any) -> Any:
    return data.draw(st.sampled_from(sorted(values)))


def feature(design: Design, data: st.DataObject) -> Design:
    return with_type(design, one(data, design.group("features")), data.draw(st.sampled_from(KINDS)))


def sold(design: Design, data: st.DataObject) -> Design:
    plan = one(data, ["", *design.group("plans")])
    return with_new_feature(design, data.draw(st.sampled_from(KINDS[1:])), plan)[0]


def treated(design: Design, data: st.DataObject) -> Design:
    plan, code = one(data, design.group("plans")), one(data, design.group("features"))
    return with_how(design, plan, code, one(data, ["absent", "unlimited", "limited", "charged"]))


def model(design: Design, data: st.DataObject) -> Design:
    return with_model(design, one(data, design.group("plans")), one(data, MODELS))


def term(design: Design, data: st.DataObject) -> Design:
    plan = one(data, design.group("plans"))
    of_plan = one(data, terms_for(design.group("plans")[plan]))
    return with_term(design, plan, of_plan, TODAY, on=data.draw(st.booleans()))


def price(design: Design, data: st.DataObject) -> Design:
    plan = one(data, design.group("plans"))
    interval = one(data, ["monthly", "yearly", "weekly"])
    return with_value(design, ("plans", plan, "prices", interval), data.draw(st.sampled_from(TYPED)) or None)


def overage(design: Design, data: st.DataObject) -> Design:
    places = [
        (plan, code)
        for plan, content in design.group("plans").items()
        for code, terms in content.get("features", {}).items()
        if isinstance(terms, dict) and terms.get("overage")
    ]
    if not places:
        return design
    plan, code = one(data, places)
    path = ("plans", plan, "features", code, "overage")
    changed = with_way(design, path, one(data, ["unit_price", "graduated", "volume", "packages"]))
    if changed.value((*path, "tiers")):
        return with_tier(changed, path)
    intervals = intervals_to_price(changed.group("plans")[plan].get("prices") or {}, changed.value((*path, "unit_price")))
    if not intervals or not changed.value((*path, "unit_price")):
        return changed
    return with_price_for(changed, (*path, "unit_price"), intervals, one(data, intervals), data.draw(st.sampled_from(TYPED)))


def offer(design: Design, data: st.DataObject) -> Design:
    codes = design.group("offers")
    if not codes:
        return with_new_offer(design)[0]
    code = one(data, codes)
    if codes[code].get("phases") is None:
        return with_phases(design, code, on=True)
    if data.draw(st.booleans()):
        return with_phase(design, code)
    return with_phase_type(design, code, 0, data.draw(st.sampled_from(PHASES)))


def added(design: Design, data: st.DataObject) -> Design:
    return (with_new_add_on(design) if data.draw(st.booleans()) else with_new_promo_code(design))[0]


def copied(design: Design, data: st.DataObject) -> Design:
    return with_copy(design, "plans", one(data, design.group("plans")))[0]


def gone(design: Design, data: st.DataObject) -> Design:
    kind = one(data, ["features", "offers", "addons", "promo_codes", "credit_packs"])
    codes = design.group(kind)
    return without(design, kind, one(data, codes)) if len(codes) > 1 else design


def problems(design: Design) -> tuple[Problem, ...]:
    try:
        design.checked()
    except InputError as error:
        return error.problems
    return ()


EDITS: tuple[Edit, ...] = (feature, sold, treated, model, term, price, overage, offer, added, copied, gone)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_edits_leave_a_design_that_goes_through_yaml_or_says_what_is_wrong(data: st.DataObject) -> None:
    design = Design(copy.deepcopy(DOCUMENT), copy.deepcopy(CANDIDATES))
    for edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=8)):
        design = edit(design, data)
    resumed = design_of(as_typed(design))
    assert resumed is not None
    assert (resumed.document, resumed.candidates) == (design.document, design.candidates)
    wrong = problems(design)
    assert all(places_in_words(design, problem.where) and problem.what for problem in wrong)
    if wrong:
        return
    catalog, candidates = design.checked()
    again = Catalog.model_validate(yaml.safe_load(catalog.to_yaml()))
    assert again == catalog
    assert Design.of(again, candidates).document == Design.of(catalog, candidates).document
    assert Design.of(again, candidates).checked() == (catalog, candidates)
    assert all(isinstance(candidate, Candidate) for candidate in candidates)
