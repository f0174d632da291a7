"""The terms in which two candidates of one model differ, in the order in which a bridge changes them (decisions.md 2.2).

First every default is written out; then base price, interval, trial, included, unit prices, packs, purchase rule and top-ups, blocking,
offer. A feature that is added, removed, or changed between a limit and a price is one step with its price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final, NamedTuple

from commet_core.foundation.money import plain
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

GONE: Final = None
"""What a term is where there is none."""

BY_PLACE: Final = ("currency_prices", "market_prices")

_LEFT_OUT: Final = tuple(("plan", key) for key in ("features", "prices", *BY_PLACE))
"""Parts of a plan whose keys are left out where they say nothing."""


class Terms(NamedTuple):
    """A candidate written out. plan, candidate: their documents, defaults included; packs: codes of those sold."""

    plan: dict[str, Any]
    candidate: dict[str, Any]
    code: str
    packs: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario, candidate: Candidate) -> Terms:
        plan = scenario.plan(candidate)
        written = plan.model_dump(mode="json")
        if "included_balance" in written:
            written["included_balance"] = f"{plan.granted(scenario.interval(candidate)):f}"
        own = candidate.model_dump(mode="json") | {"interval": scenario.interval(candidate)}
        code = scenario.plan_code(candidate)
        packs = tuple(scenario.catalog.packs_on(code)) if plan.sells == "packs" else ()
        return cls(written, own, code, packs)

    def at(self, path: tuple[str, ...]) -> Any:
        """What stands at a path; `GONE` where nothing does."""
        part: Any = self._asdict()
        for key in path:
            part = part.get(key) if isinstance(part, Mapping) else None
        return part

    def changed(self, path: tuple[str, ...], value: Any) -> Terms:
        """The terms with another value at a path."""
        parts: dict[str, Any] = deepcopy(self._asdict())
        part = parts
        for key in path[:-1]:
            part = part[key]
        if value is GONE and path[:2] in _LEFT_OUT:
            part.pop(path[-1], None)
        else:
            part[path[-1]] = deepcopy(value)
        return Terms(**parts)


class Change(NamedTuple):
    """One term that differs. path: in `Terms`; term: as the table has it, a path in the catalog or in the candidate."""

    path: tuple[str, ...]
    term: str
    before: Any
    after: Any


def changes(first: Terms, last: Terms, *, every_interval: bool = False) -> list[Change]:
    """The terms that differ, in the order in which they are changed. every_interval: prices of intervals too that neither is on."""
    used = {first.candidate["interval"], last.candidate["interval"]}
    return [
        Change(path, _named(path, first, last), first.at(path), last.at(path))
        for path in _paths(first, last)
        if _comparable(first.at(path)) != _comparable(last.at(path))
        and ("prices" not in path[-2:-1] or path[-1] in used or every_interval)
    ]


def _paths(first: Terms, last: Terms) -> Iterator[tuple[str, ...]]:
    features = list(dict.fromkeys([*first.plan["features"], *last.plan["features"]]))
    whole = [code for code in features if not _same_kind(first, last, code)]
    parts = [code for code in features if code not in whole]
    for interval in dict.fromkeys([*first.plan["prices"], *last.plan["prices"]]):
        yield ("plan", "prices", interval)
    yield ("candidate", "interval")
    yield ("plan", "trial_days")
    yield from (("plan", key) for key in ("included_credits", "included_balance"))
    yield from (("plan", "features", code, "included") for code in parts)
    for code in features:
        if code in whole:
            yield ("plan", "features", code)
        else:
            yield ("plan", "features", code, "overage", *_inside(first, code))
            yield from (("plan", "features", code, price) for price in ("credits_per_unit", "unit_price", "margin"))
    yield from _other_keys(first, last)
    yield ("packs",)
    yield from (("candidate", "purchases", key) for key in ("pack", "max_packs_per_period", "probability"))
    if first.at(("candidate", "top_up")) is None or last.at(("candidate", "top_up")) is None:
        yield ("candidate", "top_up")
    else:
        yield from (("candidate", "top_up", key) for key in ("amount", "max_per_period", "probability"))
    yield ("plan", "block_on_exhaustion")
    yield ("candidate", "spend_cap")
    yield ("candidate", "offer")


def _inside(terms: Terms, code: str) -> tuple[str, ...]:
    """The rest of the path where a price is all that an overage has."""
    overage = terms.plan["features"][code].get("overage") or {}
    return ("unit_price",) if [key for key, value in overage.items() if value is not None] == ["unit_price"] else ()


_ORDERED: Final = frozenset(
    {
        "name",
        "consumption_model",
        "prices",
        "trial_days",
        "included_credits",
        "included_balance",
        "features",
        "block_on_exhaustion",
    }
)


def _other_keys(first: Terms, last: Terms) -> Iterator[tuple[str, ...]]:
    """Terms of a plan that no stage of the order names: after the unit prices, so that none is forgotten."""
    for key in dict.fromkeys([*first.plan, *last.plan]):
        if key in BY_PLACE:
            yield from _regional(first, last, ("plan", key))
        elif key not in _ORDERED:
            yield ("plan", key)


def _regional(first: Terms, last: Terms, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Prices of currencies and markets (billing-rules 15.6), down to the price of an interval or a feature where both have some."""
    one, other = first.at(path) or {}, last.at(path) or {}
    for key in dict.fromkeys([*one, *other]):
        inside = isinstance(one.get(key), Mapping) and isinstance(other.get(key), Mapping)
        if inside and (len(path) == len(("plan", "currency_prices")) or key in ("prices", "features")):
            yield from _regional(first, last, (*path, key))
        elif inside and set(one[key]) == set(other[key]) == {"unit_price"}:
            yield (*path, key, "unit_price")
        else:
            yield (*path, key)


def _same_kind(first: Terms, last: Terms, code: str) -> bool:
    """Whether a feature is in both plans, and charged in the same way: else it changes in one step with its price."""
    one, other = first.plan["features"].get(code), last.plan["features"].get(code)
    return one is not None and other is not None and _kind(one) == _kind(other)


def _kind(feature: Mapping[str, Any]) -> tuple[Any, ...]:
    """Unlimited, limited, or priced, and how; of a rich overage, which keys it has."""
    overage = feature.get("overage")
    rich = tuple(sorted(key for key, value in overage.items() if value is not None)) if isinstance(overage, Mapping) else ()
    extra = {
        key: value
        for key, value in feature.items()
        if key not in ("included", "overage", "credits_per_unit", "unit_price", "margin")
    }
    return rich, tuple(sorted((key, str(value)) for key, value in extra.items())), feature.get("credits_per_unit") is None


def _comparable(value: Any) -> Any:
    """A value in which 20 and 20.00 are the same."""
    if isinstance(value, Mapping):
        return {key: _comparable(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_comparable(inner) for inner in value]
    try:
        return Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:
        return value


def _named(path: tuple[str, ...], first: Terms, last: Terms) -> str:
    """A path as people write it: `plans.pro.prices.monthly`, or a key of the candidate."""
    if path == ("packs",):
        return "credit_packs"
    if path[0] == "candidate":
        return ".".join(path[1:])
    return ".".join(["plans", first.code if last.at(path) is GONE else last.code, *path[1:]])


def written(value: Any) -> str | None:
    """A value as a cell has it; None where there is none."""
    if value is GONE:
        return None
    if isinstance(value, Mapping):
        said = [f"{key}: {written(inner)}" for key, inner in value.items() if inner not in (None, False)]
        return ", ".join(said) or None
    if isinstance(value, list | tuple):
        return ", ".join(f"({written(inner)})" if isinstance(inner, Mapping) else str(inner) for inner in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = _comparable(value)
    return plain(number) if isinstance(number, Decimal) else str(value)
