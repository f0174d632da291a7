"""Who adopts a version of a plan, how, and from when on (billing-rules 8.7).

{plan: pro, version: 2026-06-01}                                    everybody, on its day; so it is where nothing is said
{plan: pro, version: 2026-06-01, who: nobody}                       new customers alone have it
{plan: pro, version: 2026-06-01, who: {started_since: 2026-03-01}}  so have those who started since March
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from commet_core.catalog.plans import Catalog
from commet_core.foundation.documents import Document, unknown_name
from commet_core.foundation.errors import Problem

Adopting = Literal["next_cycle", "now"]


class Who(Document):
    """Those of the customers who are there: all, nobody, or those who started before a day, since a day, or are listed."""

    everybody: bool | None = None
    started_before: date | None = None
    started_since: date | None = None
    customers: tuple[str, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _in_a_word(cls, raw: Any) -> Any:
        if raw in ("all", "nobody"):
            return {"everybody": raw == "all"}
        if not isinstance(raw, Mapping | Who):
            fix = "Use all, nobody, {started_before: a day}, {started_since: a day} or {customers: [ids]}"
            raise PydanticCustomError("wrong", "{what}", {"what": f"{raw!r} is not one of the choices", "fix": fix})
        return raw

    def includes(self, customer_id: str, start: date) -> bool:
        """Whether a customer adopts who started on a day."""
        if self.everybody is not None:
            return self.everybody
        if self.customers is not None:
            return customer_id in self.customers
        after = self.started_since is None or start >= self.started_since
        return after and (self.started_before is None or start < self.started_before)


class VersionRule(Document):
    """How the customers who are there adopt a version; `on`: on a later day than its own."""

    plan: str
    version: date
    who: Who = Who(everybody=True)
    adopt: Adopting = "next_cycle"
    on: date | None = None


def version_rules(general: Sequence[VersionRule], own: Sequence[VersionRule]) -> tuple[VersionRule, ...]:
    """The rules of a candidate: its own before those of the scenario."""
    named = {(rule.plan, rule.version) for rule in own}
    return (*own, *(rule for rule in general if (rule.plan, rule.version) not in named))


def rule_problems(path: str, rules: Iterable[VersionRule], catalog: Catalog) -> list[Problem]:
    """Rules that name what is not there, or say something twice or too early."""
    problems, seen = [], set()
    for place, rule in enumerate(rules):
        where = f"{path}.{place}"
        if rule.plan not in catalog.plans:
            problems.append(unknown_name(f"{where}.plan", "plan", rule.plan, catalog.plans))
            continue
        days = [version["from"] for version in catalog.plans[rule.plan].versions]
        if str(rule.version) not in days:
            fix = f"Its versions: {', '.join(days)}" if days else f"Add it to plans.{rule.plan}.versions"
            problems.append(Problem(f"{where}.version", f"plan {rule.plan!r} has no version of {rule.version}", fix))
        if (rule.plan, rule.version) in seen:
            problems.append(Problem(where, "is there twice", "Say once who adopts a version"))
        seen.add((rule.plan, rule.version))
        if rule.on is not None and rule.on < rule.version:
            what = f"{rule.on} is before the version's day, {rule.version}"
            problems.append(Problem(f"{where}.on", what, "Let it be adopted on its day or later"))
        problems += _who_problems(where, rule.who)
    return problems


def _who_problems(where: str, who: Who) -> list[Problem]:
    by_start = who.started_before is not None or who.started_since is not None
    said = sum((who.everybody is not None, by_start, who.customers is not None))
    if said == 1:
        return []
    what = "says several things" if said else "says nothing"
    return [Problem(f"{where}.who", what, "Use all, nobody, started_before and started_since, or customers")]
