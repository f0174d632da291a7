"""Candidates of a design: added, changed, taken out, and settled when their plans change."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from commet_core.catalog.plans import model_sells
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.scenario.drafts.codes import free_name
from commet_core.scenario.drafts.design import Design


def with_candidate(design: Design, plan: str, interval: str | None = None) -> Design:
    """The design with one more candidate: a plan on an interval, its customers buying packs where there are any."""
    content = design.group("plans").get(plan, {})
    names = [str(candidate.get("name")) for candidate in design.candidates]
    name = content.get("name") or plan
    if name in names:
        name = f"{name}, {(interval or content.get('consumption_model', '')).replace('_', '-')}"
    added: dict[str, Any] = {"name": free_name(name[:90], names), "plan": plan}
    if interval:
        added["interval"] = interval
    if model_sells(content.get("consumption_model"), "packs") and packs_for(design, plan):
        added["purchases"] = {"pack": "smallest_sufficient"}
    return replace(design, candidates=(*design.candidates, added), notes=())


def with_candidate_value(design: Design, place: int, key: str, value: object) -> Design:
    """The design with another name, plan, interval, purchases or top-up of one candidate; None takes the key out."""
    candidates = copy.deepcopy(design.candidates)
    candidate, before = candidates[place], candidates[place].get("name")
    if value is None:
        candidate.pop(key, None)
    else:
        candidate[key] = value
    baseline = str(value).strip() if key == "name" and design.baseline == before else design.baseline
    return settled(replace(design, candidates=candidates, baseline=baseline, notes=()))


def without_candidate(design: Design, place: int) -> Design:
    candidates = (*design.candidates[:place], *design.candidates[place + 1 :])
    return replace(design, candidates=candidates, notes=(f"“{design.candidates[place].get('name')}” is no longer compared.",))


def packs_for(design: Design, plan: str) -> dict[str, Any]:
    """The credit packs that are sold on a plan."""
    packs = design.group("credit_packs")
    return {code: pack for code, pack in packs.items() if pack.get("plans") is None or plan in pack["plans"]}


def settled(design: Design) -> Design:
    """The design with candidates that fit its plans: what no longer can be is dropped or moved, and the notes say so."""
    kept, notes = [], list(design.notes)
    for candidate in copy.deepcopy(design.candidates):
        plans = plans_of(design, candidate)
        if not plans:
            gone = "plan group is gone or empty" if "group" in candidate else "plan is gone"
            notes.append(f"“{candidate.get('name')}” is no longer compared, as its {gone}.")
            continue
        notes += _fit(design, candidate, plans)
        kept.append(candidate)
    return replace(design, candidates=tuple(kept), notes=tuple(notes))


def plans_of(design: Design, candidate: Mapping[str, Any]) -> list[str]:
    """The plans that customers of a candidate may be on: its plan, or those of its group, lowest first."""
    named = design.group("plan_groups").get(candidate["group"]) or [] if "group" in candidate else [candidate.get("plan", "")]
    return [plan for plan in named if plan in design.group("plans")]


def intervals_of(design: Design, plans: Iterable[str]) -> list[Interval]:
    """The billing intervals for which all of these plans have a price, free ones aside."""
    prices = [design.group("plans")[plan].get("prices") or {} for plan in plans]
    paid = [own for own in prices if own]
    return [interval for interval in INTERVALS if paid and all(interval in own for own in paid)]


def _fit(design: Design, candidate: dict[str, Any], plans: Sequence[str]) -> list[str]:
    """Changes a candidate to what its plans offer; returns what had to be changed."""
    notes = []
    contents = [design.group("plans")[plan] for plan in plans]
    interval = candidate.get("interval")
    if interval is not None and interval not in intervals_of(design, plans):
        del candidate["interval"]
        price = f"{'for each of its plans ' if 'group' in candidate else ''}a {interval.replace('_', '-')} price"
        notes.append(f"“{candidate['name']}” no longer has {price}; it is compared on what there is.")
    model = contents[0].get("consumption_model")
    if not model_sells(model, "packs"):
        candidate.pop("purchases", None)
    if not model_sells(model, "top_ups"):
        candidate.pop("top_up", None)
    packs = {code for plan in plans for code in packs_for(design, plan)}
    rule = candidate.get("purchases", {}).get("pack", "none")
    if rule not in {"none", "smallest_sufficient", *packs}:
        candidate["purchases"] = {**candidate["purchases"], "pack": "smallest_sufficient" if packs else "none"}
        notes.append(f"Customers of “{candidate['name']}” can no longer buy the pack they bought.")
    if candidate.get("offer") is not None and candidate["offer"] not in design.group("offers"):
        del candidate["offer"]
        notes.append(f"“{candidate['name']}” begins without an offer now, as its offer is gone.")
    if candidate.get("promo_code") is not None and candidate["promo_code"] not in design.group("promo_codes"):
        del candidate["promo_code"]
        notes.append(f"Customers of “{candidate['name']}” use no promo code now, as it is gone.")
    return [*notes, *_fit_add_ons(design, candidate, plans)]


def add_ons_for(design: Design, plans: Sequence[str]) -> list[str]:
    """The add-ons that customers on these plans can have: of their model or boolean, and of a feature that not all have."""
    contents = [design.group("plans")[plan] for plan in plans]
    models = ("boolean", *(plan.get("consumption_model") for plan in contents[:1]))
    return [
        code
        for code, add_on in design.group("addons").items()
        if add_on.get("consumption_model") in models
        and not all(add_on.get("feature") in plan.get("features", {}) for plan in contents)
    ]


def _fit_add_ons(design: Design, candidate: dict[str, Any], plans: Sequence[str]) -> list[str]:
    """Takes add-ons away that customers of a candidate can no longer have; returns what to say of it."""
    had = list(candidate.get("addons", ()))
    possible = [code for code in had if code in add_ons_for(design, plans)]
    if len(possible) == len(had):
        return []
    candidate["addons"] = possible
    if not possible:
        del candidate["addons"]
    return [f"Customers of “{candidate['name']}” have fewer add-ons, as these no longer fit its plan."]
