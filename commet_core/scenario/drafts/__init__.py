"""A design: plans while somebody works on them. Edits are pure functions, design in, design out.

The document may be wrong for a while (a price half typed, a code given twice): what was typed stays as it is until it is
corrected, and `checked` says what is wrong and where. Names that refer to something follow it: a renamed plan is renamed
everywhere, a deleted plan's candidates go with it, and `notes` say so.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from commet_core.catalog.plans import Catalog, ConsumptionModel
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import parse_decimal, plain
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.foundation.wording import counted
from commet_core.scenario.scenario import Candidate, Scenario

Kind = Literal["plans", "features", "credit_packs", "plan_groups", "offers", "models"]
Path = tuple[str, ...]

CALLED: Final[Mapping[Kind, str]] = {
    "plans": "plan",
    "features": "feature",
    "credit_packs": "credit pack",
    "plan_groups": "plan group",
    "offers": "offer",
    "models": "AI model",
}
OWN_KEYS: Final[Mapping[ConsumptionModel, tuple[str, ...]]] = {
    "metered": (),
    "credits": ("included_credits",),
    "balance": ("included_balance", "block_on_exhaustion"),
}
"""What a plan of each model has beside a name, prices and features."""

FIRST_NAMES: Final[Mapping[Kind, str]] = {
    "plans": "New plan",
    "features": "New feature",
    "credit_packs": "New pack",
    "offers": "New offer",
}
"""What something is called until somebody names it; its code is made from that, and follows its first real name."""

STARTING_PRICE: Final = Decimal(49)
STARTING_CREDITS: Final = Decimal(1000)
STARTING_MARGIN: Final = "0.2"


@dataclass(frozen=True)
class Design:
    """Plans in the making.

    document    a catalog as plain dictionaries, numbers as they were typed
    candidates  as in a scenario, as plain dictionaries
    baseline    the name of a candidate, or nothing for the first
    put_aside   (plan, model) → the plan as it was when it last had that model, so that nothing is lost by looking at another
    notes       what the last edit did beyond what was asked for, in sentences
    """

    document: dict[str, Any]
    candidates: tuple[dict[str, Any], ...] = ()
    baseline: str = ""
    put_aside: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, catalog: Catalog, candidates: Iterable[Candidate], baseline: str = "") -> Design:
        rows = tuple(candidate.model_dump(mode="json", exclude_defaults=True) for candidate in candidates)
        return cls(catalog.document(), rows, baseline)

    def group(self, kind: Kind) -> dict[str, Any]:
        """The plans, features, packs, plan groups (lists of plan codes), offers or AI models with prices of one's own, by code."""
        group: dict[str, Any] = self.document.get(kind, {})
        return group

    def value(self, path: Path) -> Any:
        """What stands at a path of the document; None where nothing does."""
        part: Any = self.document
        for key in path:
            part = part.get(key) if isinstance(part, dict) else None
        return part

    def checked(self) -> tuple[Catalog, tuple[Candidate, ...]]:
        """The catalog and its candidates. Raises InputError with every problem; paths as in a scenario, `catalog.` left out."""
        if not self.candidates:
            return Catalog.model_validate(self.document), ()
        try:
            scenario = Scenario.model_validate({"catalog": self.document, "candidates": list(self.candidates)})
        except InputError as error:
            raise InputError([replace(one, where=one.where.removeprefix("catalog.")) for one in error.problems]) from None
        return scenario.catalog, scenario.candidates


def with_value(design: Design, path: Path, value: object) -> Design:
    """The design with a value at a path of its document, or without the key where the value is None."""
    document = copy.deepcopy(design.document)
    part = document
    for key in path[:-1]:
        part = part.setdefault(key, {})
    if value is None:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    return settled(replace(design, document=document, notes=()))


def free_code(name: str, taken: Iterable[str]) -> str:
    """A code made from a name, different from those taken: `Starter Pack` → starter_pack, starter_pack_2, …"""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "new"
    taken, number, code = set(taken), 1, stem
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


def free_name(name: str, taken: Iterable[str]) -> str:
    """A name different from those taken: `Pro`, `Pro 2`, …"""
    taken, number, free = set(taken), 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


# Plans, features and packs.


def with_new(design: Design, kind: Kind, name: str, content: Mapping[str, Any], code: str = "") -> tuple[Design, str]:
    """The design with one more plan, feature or pack, and its code."""
    code = free_code(code or name, design.group(kind))
    return with_value(design, (kind, code), {"name": name, **copy.deepcopy(dict(content))}), code


def with_copy(design: Design, kind: Kind, code: str) -> tuple[Design, str]:
    """The design with a copy of a plan, feature or pack, and the copy's code."""
    original = design.group(kind)[code]
    names = [other.get("name", "") for other in design.group(kind).values()]
    name = free_name(f"{original.get('name') or code} copy", names)
    rest = {key: value for key, value in original.items() if key != "name"}
    return with_new(design, kind, name, rest)


def with_new_plan(design: Design, model: ConsumptionModel, like: str = "") -> tuple[Design, str]:
    """One more plan of a model, with the prices and features of the plan `like` carried over to it, and its code."""
    if like in design.group("plans"):
        design, code = with_copy(design, "plans", like)
        design = with_model(design, code, model)
    else:
        terms = {feature: {"included": "0", "overage": {"unit_price": "0.01"}} for feature in design.group("features")}
        start = {"consumption_model": "metered", "prices": {"monthly": plain(STARTING_PRICE)}, "features": terms}
        design, code = with_new(design, "plans", FIRST_NAMES["plans"], start)
        design = with_model(design, code, model)
    name = free_name(FIRST_NAMES["plans"], [plan.get("name", "") for key, plan in design.group("plans").items() if key != code])
    design = with_value(design, ("plans", code, "name"), name)
    renamed = free_code(name, [other for other in design.group("plans") if other != code])
    return with_code(design, "plans", code, renamed), renamed


def with_name(design: Design, kind: Kind, code: str, name: str) -> tuple[Design, str]:
    """The design with a plan, feature, pack or offer under another name, and its code.

    A code that was made for something new follows its first real name, and so do candidates that are called as their plan.
    """
    before = name_of(design, kind, code)
    others = [other for other in design.group(kind) if other != code]
    edited = with_value(design, (kind, code, "name"), name or None)
    if not name:
        return edited, code
    for place, candidate in enumerate(edited.candidates if kind == "plans" else ()):
        if candidate.get("plan") == code and candidate.get("name") == before:
            taken = [str(other.get("name")) for other in edited.candidates if other is not candidate]
            edited = with_candidate_value(edited, place, "name", free_name(name[:90], taken))
    new = before.startswith(FIRST_NAMES.get(kind, before + "?")) and code == free_code(before, others)
    if not new:
        return edited, code
    followed = free_code(name, others)
    return with_code(edited, kind, code, followed), followed


def code_problem(design: Design, kind: Kind, code: str, wanted: str) -> Problem | None:
    """Why something cannot be given another code; None where it can."""
    path = f"{kind}.{code}"
    if wanted != code and wanted in design.group(kind):
        return Problem(path, f"another {CALLED[kind]} has the code {wanted!r}", "Choose one that is free")
    try:
        Catalog.model_validate({"features": {wanted: {}}})
    except InputError as error:
        return replace(error.problems[0], where=path)
    return None


def with_code(design: Design, kind: Kind, code: str, wanted: str) -> Design:
    """The design with a plan, feature, pack, group or offer under another code, there and wherever it is referred to.

    Raises InputError where the code is taken or cannot be used.
    """
    if problem := code_problem(design, kind, code, wanted):
        raise InputError([problem])
    document = copy.deepcopy(design.document)
    document[kind] = _renamed(document[kind], code, wanted)
    candidates = copy.deepcopy(design.candidates)
    match kind:
        case "features":
            for plan in document.get("plans", {}).values():
                plan["features"] = _renamed(plan.get("features", {}), code, wanted)
        case "plans":
            for place in _plan_lists(document):
                place[:] = [wanted if plan == code else plan for plan in place]
            _refer_to(candidates, "plan", code, wanted)
        case "credit_packs":
            for rule in _pack_rules(candidates):
                rule["pack"] = wanted if rule.get("pack") == code else rule.get("pack")
        case "plan_groups" | "offers":
            _refer_to(candidates, {"plan_groups": "group", "offers": "offer"}[kind], code, wanted)
    aside = {
        (wanted if kind == "plans" and plan == code else plan, model): kept for (plan, model), kept in design.put_aside.items()
    }
    return replace(design, document=document, candidates=candidates, put_aside=aside, notes=())


def _refer_to(candidates: Iterable[dict[str, Any]], key: str, code: str, wanted: str) -> None:
    """Lets candidates that name something by a code name it by another one."""
    for candidate in candidates:
        if candidate.get(key) == code:
            candidate[key] = wanted


def without(design: Design, kind: Kind, code: str) -> Design:
    """The design without a plan, feature, pack, group or offer, and without what referred to it; the notes say what went."""
    document = copy.deepcopy(design.document)
    del document[kind][code]
    notes = [f"Deleted the {CALLED[kind]} “{name_of(design, kind, code)}”."]
    if kind == "features":
        having = [plan for plan in document.get("plans", {}).values() if code in plan.get("features", {})]
        for plan in having:
            plan["features"].pop(code)
        if having:
            notes.append(f"It was taken out of {counted(len(having), 'plan')}.")
    if kind == "plans":
        notes += _leave_line_ups(design, code)
        for place in _plan_lists(document):
            place[:] = [plan for plan in place if plan != code]
    fitting = settled(replace(design, document=document, notes=()))
    return replace(fitting, notes=(*notes, *fitting.notes))


def _leave_line_ups(design: Design, code: str) -> list[str]:
    """What to say of compared line-ups that go on without a plan."""
    left = [candidate for candidate in design.candidates if "group" in candidate and code in plans_of(design, candidate)]
    return [
        f"“{candidate.get('name')}” is compared with the other plans of its line-up."
        for candidate in left
        if len(plans_of(design, candidate)) > 1
    ]


def _renamed(group: Mapping[str, Any], code: str, wanted: str) -> dict[str, Any]:
    return {wanted if key == code else key: value for key, value in group.items()}


def _plan_lists(document: Mapping[str, Any]) -> list[list[str]]:
    """Every list of plan codes in a document: those of plan groups and of packs."""
    return list(_plan_lists_by_place(document).values())


def _plan_lists_by_place(document: Mapping[str, Any]) -> dict[Path, list[str]]:
    lists: dict[Path, list[str]] = {("plan_groups", code): plans for code, plans in document.get("plan_groups", {}).items()}
    packs = document.get("credit_packs", {}).items()
    return lists | {("credit_packs", code): pack["plans"] for code, pack in packs if pack.get("plans") is not None}


def _pack_rules(candidates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [candidate["purchases"] for candidate in candidates if "purchases" in candidate]


# The consumption model.


def with_model(design: Design, code: str, model: ConsumptionModel) -> Design:
    """The design with a plan on another consumption model.

    A plan that had the model before gets back what it asked for then, and its place in plan groups; else terms are carried over
    at the same worth: one price per unit, the base price buying what is included. They are a start, rounded to two digits, not
    a promise.
    """
    plan = design.group("plans")[code]
    before: ConsumptionModel = plan["consumption_model"]
    if model == before:
        return design
    kept = design.put_aside.get((code, model), {})
    own = {key: kept[key] for key in OWN_KEYS[model] if key in kept} or _own_terms(model)
    features = {
        feature: kept.get("features", {}).get(feature) or _carried(plan, feature, model) for feature in plan.get("features", {})
    }
    changed = {key: value for key, value in plan.items() if key not in OWN_KEYS[before]}
    changed |= {"consumption_model": model, **own, "features": features}
    document = copy.deepcopy(design.document)
    document["plans"][code] = changed
    left = _leave_lists(document, code)
    _return_to_lists(document, code, kept.get("left", {}))
    aside = {**design.put_aside, (code, before): copy.deepcopy(plan) | {"left": left}}
    fitting = settled(replace(design, document=document, put_aside=aside, notes=()))
    note = "The plan left its plan group and the packs that named it, as these are for plans of its former model."
    return replace(fitting, notes=(*([note] if left else []), *fitting.notes))


def default_terms(design: Design, code: str, feature: str) -> dict[str, Any]:
    """What a plan asks for a feature that is new to it: a start, to be corrected."""
    plan = design.group("plans")[code]
    return _carried({**plan, "consumption_model": "", "features": {feature: {}}}, feature, plan["consumption_model"])


def _own_terms(model: ConsumptionModel) -> dict[str, Any]:
    return {"included_credits": plain(STARTING_CREDITS).replace(",", "")} if model == "credits" else {}


def _carried(plan: Mapping[str, Any], feature: str, model: ConsumptionModel) -> dict[str, Any]:
    """A feature's terms on another model, at the same worth."""
    if plan["features"][feature].get("unlimited") is True:
        return {"unlimited": True}
    base = _base_price(plan) or STARTING_PRICE
    price = _unit_price(plan, feature) or base / 1000
    match model:
        case "metered":
            share = base / price / max(1, len(plan["features"]))
            return {"included": two_digits(share, 0), "overage": {"unit_price": two_digits(price, 9)}}
        case "credits":
            return {"credits_per_unit": two_digits(price / base * STARTING_CREDITS, 6)}
        case "balance":
            return {"unit_price": two_digits(price, 9)}


def _base_price(plan: Mapping[str, Any]) -> Decimal | None:
    prices = plan.get("prices") or {}
    return number_typed(prices.get("monthly", next(iter(prices.values()), None)))


def _unit_price(plan: Mapping[str, Any], feature: str) -> Decimal | None:
    """What a unit of a feature is worth on a plan, above zero; None where its terms do not say."""
    terms, base = plan["features"][feature], _base_price(plan)
    match plan["consumption_model"]:
        case "metered":
            price = number_typed((terms.get("overage") or {}).get("unit_price"))
            included = number_typed(terms.get("included"))
            return price or (base / included if base and included else None)
        case "credits":
            per_unit, granted = number_typed(terms.get("credits_per_unit")), number_typed(plan.get("included_credits"))
            return base * per_unit / granted if base and per_unit and granted else None
        case "balance":
            return number_typed(terms.get("unit_price"))
    return None


def number_typed(text: object) -> Decimal | None:
    """A number above zero that was typed; None for anything else."""
    try:
        number = parse_decimal(text)
    except ValueError:
        return None
    return number if 0 < number < Decimal(10) ** 12 else None


def two_digits(number: Decimal, decimals: int) -> str:
    """A number above zero with two digits that count and at most so many decimals, as text; never rounded to nothing."""
    quantum = Decimal(1).scaleb(max(number.adjusted() - 1, -decimals))
    rounded = number.quantize(quantum, ROUND_HALF_UP) or quantum
    return plain(rounded).replace(",", "")


def _leave_lists(document: Mapping[str, Any], code: str) -> dict[Path, int]:
    """Takes a plan that changes its model out of plan groups and of the packs sold on it; returns its places in them."""
    left = {path: plans.index(code) for path, plans in _plan_lists_by_place(document).items() if code in plans}
    for path in left:
        _plan_lists_by_place(document)[path].remove(code)
    return left


def _return_to_lists(document: Mapping[str, Any], code: str, left: Mapping[Path, int]) -> None:
    """Puts a plan that has a former model again back into the lists that it left, where they are still for that model."""
    models = {plan: content.get("consumption_model") for plan, content in document["plans"].items()}
    lists = _plan_lists_by_place(document)
    for path, place in left.items():
        if path in lists and all(models.get(plan) == models[code] for plan in lists[path]):
            lists[path].insert(place, code)


# Candidates.


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
    if content.get("consumption_model") == "credits" and packs_for(design, plan):
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
    if model != "credits":
        candidate.pop("purchases", None)
    if model != "balance":
        candidate.pop("top_up", None)
    packs = {code for plan in plans for code in packs_for(design, plan)}
    rule = candidate.get("purchases", {}).get("pack", "none")
    if rule not in {"none", "smallest_sufficient", *packs}:
        candidate["purchases"] = {**candidate["purchases"], "pack": "smallest_sufficient" if packs else "none"}
        notes.append(f"Customers of “{candidate['name']}” can no longer buy the pack they bought.")
    if candidate.get("offer") is not None and candidate["offer"] not in design.group("offers"):
        del candidate["offer"]
        notes.append(f"“{candidate['name']}” begins without an offer now, as its offer is gone.")
    return notes


# What is shown of a design.


How = Literal["absent", "charged", "limited", "priced", "by_model", "unlimited"]
HOWS: Final[Mapping[ConsumptionModel, tuple[How, ...]]] = {
    "metered": ("absent", "charged", "limited", "unlimited"),
    "credits": ("absent", "priced", "unlimited"),
    "balance": ("absent", "priced", "by_model", "unlimited"),
}
"""How a plan can treat a feature: not have it; charge or stop beyond what is included; a price per use, or what the AI model
costs and a margin; no limit."""


def how(plan: Mapping[str, Any], feature: str) -> How:
    """How a plan treats a feature."""
    if feature not in plan.get("features", {}):
        return "absent"
    terms = plan["features"][feature]
    if terms.get("unlimited") is True:
        return "unlimited"
    if plan["consumption_model"] == "metered":
        return "limited" if terms.get("overage") is None else "charged"
    return "by_model" if terms.get("pricing") == "ai_model" else "priced"


def with_how(design: Design, code: str, feature: str, wanted: How) -> Design:
    """The design with a plan that treats a feature in another way; what was included stays."""
    plan = design.group("plans")[code]
    path: Path = ("plans", code, "features", feature)
    before = how(plan, feature)
    if wanted == before:
        return design
    if wanted == "absent":
        return with_value(design, path, None)
    if wanted == "unlimited":
        return with_value(design, path, {"unlimited": True})
    if wanted == "by_model":
        return with_value(design, path, {"pricing": "ai_model", "margin": STARTING_MARGIN})
    anew = before in {"absent", "unlimited", "by_model"}
    terms = default_terms(design, code, feature) if anew else dict(design.value(path))
    if wanted == "limited":
        terms.pop("overage", None)
    elif wanted == "charged":
        terms.setdefault("overage", default_terms(design, code, feature)["overage"])
    return with_value(design, path, terms)


def name_of(design: Design, kind: Kind, code: str) -> str:
    """What a plan, feature, pack or offer is called: its name, else its code."""
    content = design.group(kind).get(code)
    return str((content.get("name") if isinstance(content, Mapping) else "") or code)


def places_in_words(design: Design, where: str) -> str:
    """Where a problem is, for people: `Plan “Pro” › prices › monthly`."""
    parts = where.split(".")
    for kind, called in CALLED.items():
        if parts[0] == kind and len(parts) > 1:
            below = where.removeprefix(f"{kind}.")
            code = max((one for one in design.group(kind) if f"{below}.".startswith(f"{one}.")), key=len, default=parts[1])
            deeper = [part for part in below.removeprefix(code).split(".") if part]
            rest = [f"number {int(part) + 1}" if part.isdigit() else part.replace("_", " ") for part in deeper]
            return " › ".join([f"{called[:1].upper()}{called[1:]} “{name_of(design, kind, code)}”", *rest])
    if parts[0] == "candidates" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(design.candidates):
        name = design.candidates[int(parts[1])].get("name") or f"number {int(parts[1]) + 1}"
        return " › ".join([f"Candidate “{name}”", *parts[2:]])
    return " › ".join(part.replace("_", " ") for part in parts)
