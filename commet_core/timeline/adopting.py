"""Versions of plans in lives: which a customer is on, and when which of its terms begin to hold (billing-rules 8.7).

start, change, resume, …   the version of that day, in full
adoption                   at once what is better for the customer; `adopt: now`: what is worse too
next reset                 what periods grant
next renewal               the rest, and the base price
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from commet_core.catalog.plans import Catalog
from commet_core.catalog.versions import HeldTerms, version_on
from commet_core.foundation.calendar import date_of, day_number
from commet_core.scenario.adoption import VersionRule
from commet_core.timeline.add_ons import leave_to_plan
from commet_core.timeline.stages import Stage

if TYPE_CHECKING:
    from commet_core.timeline.life import Life, Phase


class Adoption(NamedTuple):
    """A version, by its number, that a customer on a plan adopts at a moment; worse_too: what is worse holds at once too."""

    at: int
    plan: str
    version: int
    worse_too: bool


@dataclass(slots=True)
class Adopted:
    """How far a customer is with the versions of its plan.

    version   the last one it adopted
    price     the one whose base price it pays from the next renewal on
    since     microseconds: when it adopted it
    terms     what it has of them now
    """

    version: int
    price: int
    since: int
    terms: HeldTerms


def adoptions_of(catalog: Catalog, rules: Sequence[VersionRule], customer_id: str, start_day: int) -> tuple[Adoption, ...]:
    """The versions that a customer adopts of its own accord, in order of time. By default all, on their days."""
    by_version = {(rule.plan, rule.version.isoformat()): rule for rule in rules}
    found = []
    for code, plan in catalog.plans.items():
        for number, version in enumerate(plan.versions, start=1):
            rule = by_version.get((code, version["from"])) or VersionRule(plan=code, version=version["from"])
            if rule.who.includes(customer_id, date_of(start_day)):
                at = catalog.days.start(day_number(rule.on or rule.version))
                found.append(Adoption(at, code, number, rule.adopt == "now"))
    return tuple(sorted(found))


def entered(life: Life, stage: Stage, at: int) -> Stage:
    """A stage to which a customer comes on a day, with the version of that day."""
    assert stage.plan is not None
    plan, life.lent, life.adopted = life.catalog.plans[stage.plan], None, None
    if plan.versions:
        version = version_on(plan, life.date_at(at))
        life.adopted = Adopted(version, version, at, HeldTerms.whole(version))
    stage = with_present_terms(life, stage)
    leave_to_plan(life, stage)
    return stage


def with_present_terms(life: Life, stage: Stage) -> Stage:
    """The same plan and interval go on, with what the customer has by then."""
    lent = None if life.lent is None else (life.lent.plan, life.lent.version)
    return replace(stage, terms=None if life.adopted is None else life.adopted.terms, lent=lent)


def after_trial(life: Life, stage: Stage, at: int) -> Stage:
    """The first charge after a trial has the base price of its day, whether the customer adopted its version or not (7.2, 8.7)."""
    if life.adopted is None:
        return stage
    assert stage.plan is not None
    adopted = life.adopted
    adopted.price = max(adopted.price, version_on(life.catalog.plans[stage.plan], life.date_at(at)))
    adopted.terms = HeldTerms(adopted.price, adopted.version, adopted.version)
    return with_present_terms(life, stage)


def next_terms_at(life: Life) -> int | None:
    """When the terms that the customer has change by themselves next; None where they do not."""
    if life.adopted is None or life.present.stage.state not in ("trial", "active"):
        return None
    moments = [adoption.at for adoption in _ahead(life)]
    if life.present.stage.state == "active":
        moments += [at for at in (_reset_at(life), _renewal_at(life)) if at is not None]
    return min(moments, default=None)


def change_terms(life: Life, at: int) -> None:
    """What comes at a moment: versions of the day first, then the reset or renewal (billing-rules 3.1)."""
    for adoption in _ahead(life):
        if adoption.at <= at:
            adopt(life, adoption.version, at, now=adoption.worse_too)
    adopted = life.adopted
    assert adopted is not None
    if life.present.stage.state != "active":
        return
    if _renewal_at(life) == at:
        _hold(life, _renewed(life)._replace(reset=adopted.version), at)
    elif _reset_at(life) == at:
        _hold(life, adopted.terms._replace(reset=adopted.version), at)


def adopt(life: Life, version: int, at: int, *, now: bool, by_action: bool = False) -> None:
    """At once what is better, and `now` what is worse; what periods grant and the base price wait.

    An action comes after the reset of its moment, so that it waits for the next one.
    """
    adopted = life.adopted
    assert adopted is not None
    adopted.version, adopted.price, adopted.since = version, max(adopted.price, version), at + by_action
    terms = adopted.terms
    terms = terms._replace(held=version, better=()) if now else terms._replace(better=(*terms.better, version))
    _hold(life, terms, at)


def _hold(life: Life, terms: HeldTerms, at: int) -> None:
    adopted = life.adopted
    assert adopted is not None
    if terms != adopted.terms:
        adopted.terms = terms
        life.present.changes.append((at, with_present_terms(life, life.present.stage)))


def _ahead(life: Life) -> list[Adoption]:
    """Adoptions of the present plan that are still to come, in order of time."""
    adopted, plan = life.adopted, life.present.stage.plan
    assert adopted is not None
    return [each for each in life.adoptions if each.plan == plan and each.version > adopted.version]


def _reset_at(life: Life) -> int | None:
    """The reset with which the last adopted version's grants begin; None where they have."""
    adopted = life.adopted
    assert adopted is not None
    return None if adopted.terms.reset == adopted.version else _period_from(life.present, adopted.since, 1)


def _renewal_at(life: Life) -> int | None:
    """The renewal, else the reset, with which the rest of it begins; None where it has."""
    adopted = life.adopted
    assert adopted is not None
    if adopted.terms == _renewed(life):
        return None
    return _period_from(life.present, adopted.since, life.present.stage.interval_periods or 1)


def _renewed(life: Life) -> HeldTerms:
    """What holds from the renewal on, but for what resets bring. What was paid once is not charged again: its price stays."""
    adopted = life.adopted
    assert adopted is not None
    price = adopted.terms.price if life.present.stage.interval == "one_time" else adopted.price
    return HeldTerms(price, adopted.terms.reset, adopted.version)


def _period_from(phase: Phase, at: int, every: int) -> int:
    """The first period of a phase, of every so many, that begins at a moment or after it: int microseconds."""
    index = phase.period_at(at) - phase.origin
    if phase.period_begins(index) < at:
        index += 1
    return phase.period_begins(phase.renewal_from(index, every))
