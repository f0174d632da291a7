"""Versions of a plan: what it says from a day on, and what a customer has who adopts one term by term (billing-rules 8.7).

A plan's versions are counted: 0 is the plan as it is written first, 1 the first of `versions`. Each says what differs from the
one before: maps merge, lists replace, null removes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator

from commet_core.catalog.feature_types import sorted_like, switches_of
from commet_core.catalog.level_terms import EVERY, LevelOverage, LevelTerms, price_for
from commet_core.catalog.overage import Overage
from commet_core.catalog.terms import BalanceTerms, CreditsTerms, FeatureTerms, MeteredTerms
from commet_core.foundation.calendar import date_or_none
from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import Interval
from commet_core.foundation.window import WINDOW_EARLIEST, WINDOW_LATEST

if TYPE_CHECKING:
    from commet_core.catalog.plans import Plan

FROM: Final = "from"
VERSIONS_MAX: Final = 100
NEVER_CHANGES: Final = ("consumption_model", "billing_day")
PLANS_KEPT: Final = 256


def _as_text(part: Any) -> Any:
    """A part of a document with its numbers and dates as text, so that it is the same however it was read."""
    if isinstance(part, Mapping):
        return {str(key): _as_text(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_as_text(each) for each in part]
    if part is None or isinstance(part, bool | str):
        return part
    return f"{part:f}" if isinstance(part, Decimal) else str(part)


VersionDocument = Annotated[dict[str, Any], BeforeValidator(_as_text)]
"""A version as it was written: `from`, and what differs."""


class Version(NamedTuple):
    """A version of a plan in full; `start` is None of the plan as it is written first."""

    start: date | None
    plan: Plan


class HeldTerms(NamedTuple):
    """What a customer on a plan with versions has, each as a version's number.

    price    the base price
    reset    what periods grant, and all that changes with a reset
    held     the terms of features, as of the last renewal
    better   versions adopted since, of which what is better for the customer holds already, in the order of their adoption
    choice   of prices in tiers that several of them have, which set: they are tried one after the other
    """

    price: int
    reset: int
    held: int
    better: tuple[int, ...] = ()
    choice: int = 0

    @classmethod
    def whole(cls, version: int) -> HeldTerms:
        """All that a version says."""
        return cls(version, version, version)


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A document with what differs: maps merge, lists replace, null removes."""
    result = dict(document)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = {k: v for k, v in value.items() if v is not None} if isinstance(value, Mapping) else value
    return result


_kept: OrderedDict[int, tuple[Plan, tuple[Version, ...]]] = OrderedDict()
_lock = Lock()


def versions_of(plan: Plan) -> tuple[Version, ...]:
    """All versions of a plan, the first as it is written. A plan of a catalog that could be built has sound ones."""
    if not plan.versions:
        return (Version(None, plan),)
    with _lock:
        known = _kept.get(id(plan))
        if known is not None and known[0] is plan:
            return known[1]
    found = _built(plan)
    with _lock:
        _kept[id(plan)] = plan, found
        while len(_kept) > PLANS_KEPT:
            _kept.popitem(last=False)
    return found


def _built(plan: Plan) -> tuple[Version, ...]:
    written = plan.model_dump(mode="json", exclude_defaults=True, exclude={"versions"})
    document = {**sorted_like(written, plan.levels, plan.switches), "consumption_model": plan.consumption_model}
    found = [Version(None, plan)]
    for version in plan.versions:
        document = merged(document, {key: value for key, value in version.items() if key != FROM})
        whole = {**document, "switches": switches_of(document.get("switches", {}))}
        found.append(Version(date.fromisoformat(version[FROM]), type(plan).model_validate(whole)))
    return tuple(found)


def version_on(plan: Plan, day: date) -> int:
    """The number of the version that has begun by a day."""
    return sum(date.fromisoformat(version[FROM]) <= day for version in plan.versions)


def plan_at(plan: Plan, day: date) -> Plan:
    """The plan as its version of a day says, without versions."""
    found = versions_of(plan)[version_on(plan, day)].plan
    return found.model_copy(update={"versions": ()}) if found.versions else found


# What a customer has.


def held_plan(plan: Plan, terms: HeldTerms, interval: Interval | None) -> Plan:
    """A plan with the terms that a customer has of its versions, on an interval: what seats cost depends on it."""
    versions = [version.plan for version in versions_of(plan)]
    reset, price = versions[terms.reset], versions[terms.price]
    update: dict[str, Any] = {"prices": price.prices, "features": _features(versions, terms), "versions": ()}
    update["levels"] = _levels(versions, terms, interval)
    update["switches"] = tuple(dict.fromkeys(code for number in _numbers(terms) for code in versions[number].switches))
    if reset.granted_by_price and terms.reset != terms.price:
        update["included_balance"] = reset.granted("monthly")
    return reset.model_copy(update=update)


def choice_count(plan: Plan, terms: HeldTerms) -> int:
    """How many sets of prices in tiers have to be tried to find the one that costs less."""
    versions = [version.plan for version in versions_of(plan)]
    sets = [len(_overages(versions, terms, code)) for code in _codes(versions, terms)]
    sets += [len(_level_overages(versions, terms, code)) for number in _numbers(terms) for code in versions[number].levels]
    return max(sets, default=1) or 1


def _numbers(terms: HeldTerms) -> tuple[int, ...]:
    return terms.held, *terms.better


def _codes(versions: Sequence[Plan], terms: HeldTerms) -> list[str]:
    return list(dict.fromkeys(code for number in _numbers(terms) for code in versions[number].features))


def _features(versions: Sequence[Plan], terms: HeldTerms) -> dict[str, FeatureTerms]:
    features: dict[str, FeatureTerms] = dict(versions[terms.held].features)
    for number in terms.better:
        for code, offered in versions[number].features.items():
            features[code] = better(features[code], offered) if code in features else offered
    for code, of_feature in features.items():
        sets = _overages(versions, terms, code)
        if len(sets) > 1 and isinstance(of_feature, MeteredTerms):
            features[code] = of_feature.model_copy(update={"overage": sets[min(terms.choice, len(sets) - 1)]})
    return features


def _levels(versions: Sequence[Plan], terms: HeldTerms, interval: Interval | None) -> dict[str, LevelTerms]:
    levels = dict(versions[terms.held].levels)
    for number in terms.better:
        for code, offered in versions[number].levels.items():
            levels[code] = better_level(levels[code], offered, interval) if code in levels else offered
    for code, of_feature in levels.items():
        sets = _level_overages(versions, terms, code)
        if len(sets) > 1:
            levels[code] = of_feature.model_copy(update={"overage": sets[min(terms.choice, len(sets) - 1)]})
    return levels


def better_level(present: LevelTerms, offered: LevelTerms, interval: Interval | None) -> LevelTerms:
    """What is better for the customer of two terms of seats or quota, each by itself, as `better` is of what is used."""
    return LevelTerms(
        included=max(present.included, offered.included),
        unlimited=present.unlimited or offered.unlimited,
        overage=_cheaper_level(present.overage, offered.overage, interval),
    )


def _cheaper_level(
    present: LevelOverage | None, offered: LevelOverage | None, interval: Interval | None
) -> LevelOverage | None:
    if present is None or offered is None:
        return present or offered
    if present.unit_price is None or offered.unit_price is None:
        return present
    lowest = min(price_for(present.unit_price, interval), price_for(offered.unit_price, interval))
    return LevelOverage(unit_price={EVERY: lowest})


def _level_overages(versions: Sequence[Plan], terms: HeldTerms, code: str) -> list[LevelOverage]:
    """As `_overages`, of seats or quota."""
    found: list[LevelOverage] = []
    for number in _numbers(terms):
        of_level = versions[number].levels.get(code)
        if of_level is not None and of_level.overage is not None and of_level.overage not in found:
            found.append(of_level.overage)
    return found if any(overage.unit_price is None for overage in found) else found[:1]


def better(present: FeatureTerms, offered: FeatureTerms) -> FeatureTerms:
    """What is better for the customer of two terms of a feature, each of them by itself (8.7): prices in tiers aside."""
    update: dict[str, Any] = {"unlimited": present.unlimited or offered.unlimited}
    if isinstance(present, MeteredTerms) and isinstance(offered, MeteredTerms):
        update |= {"included": max(present.included, offered.included), "overage": _cheaper(present.overage, offered.overage)}
    elif isinstance(present, CreditsTerms) and isinstance(offered, CreditsTerms):
        prices = [each for each in (present.credits_per_unit, offered.credits_per_unit) if each is not None]
        update["credits_per_unit"] = min(prices, default=None)
    elif isinstance(present, BalanceTerms) and isinstance(offered, BalanceTerms):
        if present.unit_price is not None and offered.unit_price is not None:
            update["unit_price"] = min(present.unit_price, offered.unit_price)
        elif present.by_tokens and offered.by_tokens:
            update["margin"] = min(present.margin_share, offered.margin_share)
    return present.model_copy(update=update)


def _cheaper(present: Overage | None, offered: Overage | None) -> Overage | None:
    """An overage price is better than a limit, and a lower one than a higher."""
    if present is None or offered is None:
        return present or offered
    if present.unit_price is None or offered.unit_price is None:
        return present
    return present if present.unit_price <= offered.unit_price else offered


def _overages(versions: Sequence[Plan], terms: HeldTerms, code: str) -> list[Overage]:
    """The overage prices of which the one that costs less holds: where any is in tiers or packages, each set as one term."""
    found: list[Overage] = []
    for number in _numbers(terms):
        of_feature = versions[number].features.get(code)
        overage = None if of_feature is None else of_feature.overage_price
        if overage is not None and overage not in found:
            found.append(overage)
    return found if any(overage.unit_price is None for overage in found) else found[:1]


def overage_version(plan: Plan, terms: HeldTerms, code: str, price: Overage | None) -> int:
    """The number of the first version a customer holds that has this overage price of a feature; 0 where an add-on has it."""
    versions = versions_of(plan)
    for number in _numbers(terms):
        of_feature = versions[number].plan.features.get(code)
        if of_feature is not None and of_feature.overage_price == price:
            return number
    return 0


# What is wrong with versions as a document has them.


def version_problems(path: str, plan: Mapping[str, Any]) -> list[Problem]:
    """Of one plan, beyond what is wrong with the plans that its versions make of it."""
    versions = plan.get("versions")
    if not isinstance(versions, list | tuple):
        return []
    problems, before = [], None
    if len(versions) > VERSIONS_MAX:
        problems.append(Problem(f"{path}.versions", f"has {len(versions)} versions", f"Give at most {VERSIONS_MAX}"))
    for place, version in enumerate(versions):
        where = f"{path}.versions.{place}"
        if not isinstance(version, Mapping):
            continue  # which is told where values are read
        day = date_or_none(version.get(FROM))
        if version.get(FROM) is None:
            problems.append(Problem(f"{where}.from", "is missing", "Say from which day on it holds: 2026-06-01"))
        elif day is None:
            problems.append(Problem(f"{where}.from", f"{version[FROM]!r} is not a date", "Write it as YYYY-MM-DD"))
        elif not WINDOW_EARLIEST < day <= WINDOW_LATEST:
            what = f"{day} is before the plan itself" if day <= WINDOW_EARLIEST else f"{day} is after every window"
            fix = f"Give a day after {WINDOW_EARLIEST}, up to {WINDOW_LATEST}; what holds from the first day on is the plan"
            problems.append(Problem(f"{where}.from", what, fix))
        elif before is not None and day <= before:
            problems.append(
                Problem(f"{where}.from", f"{day} is not after {before}", "List versions in the order of their days")
            )
        before = day or before
        for key in (*NEVER_CHANGES, "versions"):
            if key in version:
                what = "a version never changes it" if key in NEVER_CHANGES else "a version has no versions of its own"
                problems.append(Problem(f"{where}.{key}", what, "Remove it"))
        if len(version) < 2:
            problems.append(Problem(where, "says nothing that differs", "Say what changes on that day, or remove it"))
    return problems


def sound_versions(plan: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Each version of a raw plan in full, with its place; as far as what was written can be merged."""
    versions = plan.get("versions")
    document = {key: value for key, value in plan.items() if key != "versions"}
    found = []
    for place, version in enumerate(versions if isinstance(versions, list | tuple) else ()):
        if isinstance(version, Mapping):
            changes = {key: value for key, value in version.items() if key not in (FROM, "versions", *NEVER_CHANGES)}
            document = merged(document, changes)
            found.append((place, document))
    return found


def interval_problems(path: str, plan: Mapping[str, Any]) -> list[Problem]:
    """A version has a price for the same intervals as its plan: customers stay on theirs. Those after a wrong one are not told too."""
    intervals = before = _keys(plan.get("prices"))
    problems = []
    for place, document in sound_versions(plan):
        own = _keys(document.get("prices"))
        told, before = own == before, own
        if own != intervals and not told:
            what = f"has prices for {', '.join(sorted(own)) or 'nothing'}, the plan for {', '.join(sorted(intervals)) or 'nothing'}"
            problems.append(Problem(f"{path}.versions.{place}.prices", what, "Keep the plan's intervals; amounts may change"))
    return problems


def _keys(part: object) -> set[str]:
    return {str(key) for key in part} if isinstance(part, Mapping) else set()
