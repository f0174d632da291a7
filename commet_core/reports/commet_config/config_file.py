"""`commet.config.ts` of a catalog: features and plans as far as that file goes, the rest as comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commet_core.catalog.plans import Catalog, MeteredPlan, Plan
from commet_core.catalog.terms import MeteredTerms
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import format_exact
from commet_core.foundation.wording import UNNAMED_UNIT, capitalized, each
from commet_core.reports.commet_config import checklist
from commet_core.reports.commet_config.amounts import PACKAGE, PACKAGE_VERSION, UNITS_PER_ONE, in_units
from commet_core.reports.commet_config.typescript import NO_KEYS, Value, comment, is_exact, key, value
from commet_core.reports.quote.words import feature_name, plan_name
from commet_core.version import VERSION

INDENT = "  "


@dataclass(frozen=True)
class ConfigFile:
    """text: the file. checklist: what it cannot hold, in sentences, each with the plan it is about in front."""

    text: str
    checklist: tuple[str, ...]


def config_file(catalog: Catalog) -> ConfigFile:
    """The file for `commet push`, written for one version of Commet's package, which it names with its unit of amounts.

    What it cannot hold (credit costs, packs, balances and their unit prices, margins on AI models, groups, offers) stands in
    comments where it belongs and again in the checklist; an amount finer than the unit is left out rather than rounded.
    Raises InputError for a code that no object of JavaScript can have.
    """
    _check_codes(catalog)
    by_plan = {code: checklist.of_plan(catalog, code) for code in catalog.plans}
    beside = list(checklist.of_catalog(catalog))
    left = [capitalized(sentence) for sentence in beside]
    left += [f"{_plan_in_list(catalog, code)}: {sentence}" for code, sentences in by_plan.items() for sentence in sentences]
    lines = [
        *_head(),
        "export default defineConfig({",
        *_group("features", _features(catalog)),
        *_group(
            "plans", [line for place, code in enumerate(catalog.plans) for line in _plan(catalog, code, place, by_plan[code])]
        ),
        "} satisfies BillingConfig);",
    ]
    if left:
        lines += [
            "",
            comment("To set in Commet by hand, as this file cannot hold it:"),
            *(comment(f"[ ] {item}") for item in left),
        ]
    return ConfigFile("\n".join(lines) + "\n", tuple(left))


def _check_codes(catalog: Catalog) -> None:
    places = [f"{group}.{code}" for group in ("features", "plans") for code in getattr(catalog, group) if code in NO_KEYS]
    if places:
        what = "a TypeScript file cannot have this code: every object has something else of this name"
        raise InputError(Problem(place, what, "Rename it before it is exported") for place in places)


def _plan_in_list(catalog: Catalog, code: str) -> str:
    """Plans of several models often have one name: the code tells them apart."""
    name = plan_name(catalog, code)
    return name if name == code else f"{name} ({code})"


def _head() -> Iterator[str]:
    yield comment(f"Plans for {PACKAGE} {PACKAGE_VERSION}, made by commet-sim {VERSION}.")
    yield comment(f"Amounts are in that version's unit, 1/{UNITS_PER_ONE} of the currency: {UNITS_PER_ONE} is $1.00.")
    yield f'import {{ type BillingConfig, defineConfig }} from "{PACKAGE}";'
    yield ""


def _group(name: str, lines: list[str], depth: int = 1) -> list[str]:
    """A property whose value is an object of these lines, or an empty one."""
    indent = INDENT * depth
    return [f"{indent}{name}: {{", *(INDENT + line for line in lines), f"{indent}}},"] if lines else [f"{indent}{name}: {{}},"]


def _features(catalog: Catalog) -> list[str]:
    lines = []
    for code, feature in catalog.features.items():
        if feature.type == "quota":
            continue  # which the checklist tells: the file has none
        has_unit = feature.unit != UNNAMED_UNIT and feature.type != "boolean"
        unit = {"unitName": feature.unit} if has_unit else {}
        content: dict[str, Value] = {"name": feature_name(catalog, code), "type": feature.type, **unit}
        lines.append(f"{INDENT}{key(code)}: {value(content)},")
    return lines


def _plan(catalog: Catalog, code: str, place: int, said: list[str]) -> list[str]:
    """A plan's lines; its place in the catalog, from 1, is the order in which Commet shows it."""
    plan = catalog.plans[code]
    facts: dict[str, Value] = {"name": plan_name(catalog, code), "consumptionModel": plan.consumption_model}
    written = [interval for interval, amount in plan.prices.items() if in_units(amount) is not None]
    if plan.free:
        facts["isFree"] = True
    elif written:
        facts["defaultInterval"] = "monthly" if "monthly" in written else written[0]
    facts["sortOrder"] = place + 1
    lines = [f"{name}: {value(fact)}," for name, fact in facts.items()]
    prices = [INDENT + line for line in _prices(catalog, plan)]
    lines += ["prices: [", *prices, "],"] if prices else ["prices: [],"]
    features = [f"{key(feature)}: {line}" for feature, line in _plan_features(catalog, plan)]
    lines += ["features: {", *(INDENT + line for line in features), "},"] if features else ["features: {},"]
    lines += [comment(f"To set in Commet: {sentence}") for sentence in said]
    return [f"{INDENT}{key(code)}: {{", *(INDENT * 2 + line for line in lines), f"{INDENT}}},"]


def _prices(catalog: Catalog, plan: Plan) -> Iterator[str]:
    trial: dict[str, Value] = {} if plan.trial_days is None else {"trialDays": plan.trial_days}
    for interval, amount in plan.prices.items():
        units = in_units(amount)
        if units is not None:
            price = {"interval": interval, "amount": units, **trial}
            yield f"{value(price)}, {comment(format_exact(amount, catalog.currency))}"


def _plan_features(catalog: Catalog, plan: Plan) -> Iterator[tuple[str, str]]:
    """Of each feature its code and what stands behind it. On credits and balance plans the file says that it is there."""
    for feature, terms in plan.features.items():
        if terms.unlimited:
            yield feature, f"{value({'unlimited': True})},"
        elif isinstance(plan, MeteredPlan) and isinstance(terms, MeteredTerms):
            yield feature, _metered(catalog, feature, terms)
        else:
            yield feature, "true,"
    for feature in plan.switches:
        yield feature, "true,"
    for feature in plan.levels:
        if catalog.features[feature].type == "seats":
            yield feature, _seats(catalog, feature, plan)


def _seats(catalog: Catalog, feature: str, plan: Plan) -> str:
    terms = plan.levels[feature]
    if terms.unlimited:
        return f"{value({'unlimited': True})},"
    content: dict[str, Value] = {"included": terms.included} if is_exact(terms.included) else {}
    price = checklist.seat_price(plan, feature)
    units = None if price is None else in_units(price)
    if price is None or units is None:
        return f"{value(content)},"
    per_unit = f"{format_exact(price, catalog.currency)} {each(catalog.features[feature].unit)}"
    return f"{value({**content, 'overage': {'unitPrice': units}})}, {comment(per_unit)}"


def _metered(catalog: Catalog, feature: str, terms: MeteredTerms) -> str:
    content: dict[str, Value] = {"included": terms.included} if is_exact(terms.included) else {}
    price = terms.overage.unit_price if terms.overage else None
    units = in_units(price) if price is not None else None
    if price is None or units is None:
        return f"{value(content)},"
    per_unit = f"{format_exact(price, catalog.currency)} {each(catalog.features[feature].unit)}"
    return f"{value({**content, 'overage': {'unitPrice': units}})}, {comment(per_unit)}"
