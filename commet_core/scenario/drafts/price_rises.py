"""A price that changes on a day, in a design: with who pays it, each way a candidate beside the present (billing-rules 8.7)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from commet_core.foundation.formats import day_words
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.design import Design, name_of
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.more_terms import next_month

RECENT_DAYS: Final = 90
PRESENT: Final = "As today"
"""The candidate whose price does not change."""
EVERYBODY: Final = "New price for everybody"
NEWCOMERS: Final = "New price for new customers only"


def with_three_ways(design: Design, code: str, since: date | None = None) -> Design:
    """The design that compares four candidates of a plan whose price changes, the others left as they are.

    As today, for everybody, for new customers alone, and for those who started since a day: 90 days before the change, where
    none is named.
    """
    day = str(design.group("plans")[code]["versions"][-1]["from"])
    recent = since or date.fromisoformat(day) - timedelta(days=RECENT_DAYS)
    with_present, present = _with_present(design, code)
    rule = {"plan": code, "version": day}
    recently = f"New price for those since {day_words(recent)}"
    ways: dict[str, list[dict[str, Any]]] = {
        EVERYBODY: [],
        NEWCOMERS: [{**rule, "who": {"everybody": False}}],
        recently: [{**rule, "who": {"started_since": recent.isoformat()}}],
    }
    own = next((row for row in design.candidates if row.get("plan") == code), {"plan": code})
    rest = {key: value for key, value in own.items() if key != "versions"}
    rows = [{**rest, "name": PRESENT, "plan": present}]
    rows += [{**rest, "name": name} | ({"versions": rules} if rules else {}) for name, rules in ways.items()]
    others = [row for row in design.candidates if row.get("plan") not in (code, present)]
    return settled(replace(with_present, candidates=(*others, *rows), baseline=PRESENT, notes=()))


def _with_present(design: Design, code: str) -> tuple[Design, str]:
    """The design with the plan as it is before its price changes, under a code of its own."""
    present = f"{code}_as_today"
    before = {key: value for key, value in design.group("plans")[code].items() if key not in ("versions", "name")}
    content = {"name": f"{name_of(design, 'plans', code)}, as today", **copy.deepcopy(before)}
    return with_value(design, ("plans", present), content), present


def with_price_rise(design: Design, code: str, day: str, prices: Mapping[str, str], since: date | None = None) -> Design:
    """The design in which a plan has other prices from a day on, in the ways of `with_three_ways`; day and prices as typed.

    Raises InputError where they are wrong.
    """
    kept = [version for version in design.group("plans")[code].get("versions", []) if str(version["from"]) < day]
    changed = with_value(design, ("plans", code, "versions"), [*kept, {"from": day, "prices": dict(prices)}])
    changed.checked_catalog()
    return with_three_ways(changed, code, since)


def usual_day(start: date, end: date) -> date:
    """When a price that is tried on a window changes: on the first of the month in its middle, which is not its first day."""
    middle = (start + (end - start) / 2).replace(day=1)
    return middle if middle > start else next_month(start)
