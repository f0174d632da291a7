"""Versions of plans (billing-rules 8.7): what a plan says from a day on, who adopts it, and which terms hold when."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from .amounts import decimal
from .periods import day_from, midnight

Plan = Mapping[str, Any]
Feature = Mapping[str, Any]


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge, lists replace, null removes."""
    found = dict(document)
    for key, change in changes.items():
        if change is None:
            found.pop(key, None)
        elif isinstance(change, Mapping):
            found[key] = merged(found.get(key) or {}, change)
        else:
            found[key] = change
    return found


def documents(plan: Plan) -> list[Plan]:
    """The plan as it is written first, and each of its versions in full."""
    found = [{key: value for key, value in plan.items() if key != "versions"}]
    for version in plan.get("versions") or ():
        found.append(merged(found[-1], {key: value for key, value in version.items() if key != "from"}))
    return found


def days(plan: Plan) -> list[date]:
    return [day_from(version["from"]) for version in plan.get("versions") or ()]


def version_of_day(plan: Plan, day: date) -> int:
    return sum(begun <= day for begun in days(plan))


def day_of(plan: Plan, version: int) -> str | None:
    return None if version == 0 else days(plan)[version - 1].isoformat()


class Adoption(NamedTuple):
    at: datetime
    version: int
    now: bool


def adopts(who: Any, customer_id: str, started: date) -> bool:
    if isinstance(who, str):
        return who == "all"
    if "customers" in who:
        return customer_id in who["customers"]
    since, before = who.get("started_since"), who.get("started_before")
    return (since is None or started >= day_from(since)) and (before is None or started < day_from(before))


def adoptions(code: str, plan: Plan, rules: Sequence[Mapping[str, Any]], customer_id: str, started: date) -> list[Adoption]:
    """By default all, next_cycle, on its day. The first rule of a version counts."""
    found = []
    for number, day in enumerate(days(plan), start=1):
        named = [rule for rule in rules if rule["plan"] == code and day_from(rule["version"]) == day]
        rule = named[0] if named else {}
        if adopts(rule.get("who") or "all", customer_id, started):
            found.append(Adoption(midnight(day_from(rule.get("on") or day)), number, rule.get("adopt") == "now"))
    return sorted(found)


def features_of(document: Plan, day: str | None) -> dict[str, Feature]:
    """Each with the day of the version whose overage price it has."""
    written = document.get("features") or {}
    terms = {
        code: {"unlimited": True} if feature is True else feature or {}
        for code, feature in written.items()
        if feature is not False
    }
    return {code: {**feature, "sets": sets_of(feature, day)} for code, feature in terms.items()}


def sets_of(feature: Feature, day: str | None) -> list[tuple[Mapping[str, Any], str | None]]:
    return [(feature["overage"], day)] if feature.get("overage") else []


def with_better(present: Mapping[str, Feature], offered: Mapping[str, Feature]) -> dict[str, Feature]:
    """At once what is better, each term by itself; of the prices beyond what is included the cheaper for the units there are."""
    found = dict(present)
    for code, feature in offered.items():
        found[code] = better(found[code], feature) if code in found else feature
    return found


def better(present: Feature, offered: Feature) -> Feature:
    terms = {**present, "unlimited": bool(present.get("unlimited") or offered.get("unlimited"))}
    terms["included"] = max(decimal(present.get("included") or 0), decimal(offered.get("included") or 0))
    known = [overage for overage, _ in present["sets"]]
    terms["sets"] = present["sets"] + [pair for pair in offered["sets"] if pair[0] not in known]
    if terms["sets"]:
        terms["overage"] = terms["sets"][0][0]
    for price in ("credits_per_unit", "unit_price"):
        both = [decimal(each[price]) for each in (present, offered) if each.get(price) is not None]
        if both and (len(both) > 1 or price == "credits_per_unit"):
            terms[price] = min(both)
    if present.get("pricing") and offered.get("pricing"):
        terms["margin"] = min(decimal(each.get("margin") or 0) for each in (present, offered))
    return terms
