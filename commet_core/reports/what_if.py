"""What if: a candidate with other prices, allowances, packs or buyers, tried before it becomes the plan.

tried = WhatIf(candidate="Credits", values={"plans.pro.prices.monthly": Decimal(25)})
catalog, candidates = tried.applied(scenario)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

from commet_core.catalog.plans import Catalog
from commet_core.decide.terms import Term, candidate_named, terms_of, usual_grid, with_values
from commet_core.foundation.documents import Document
from commet_core.foundation.money import decimal_places
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.wording import capitalized, listed
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.price.term_words import short_words
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario

KNOBS_MAX: Final = 8


@dataclass(frozen=True)
class Knob:
    """A term to be turned. label: what it is called beside others of its plan; step: between two values that could be sold."""

    term: Term
    label: str
    step: Decimal
    decimals: int


class WhatIf(Document):
    """Other values for one candidate's terms, by their paths; buyers_percent: who buys packs or tops up, None: as it is."""

    candidate: str = ""
    values: dict[str, Decimal] = Field(default_factory=dict)
    buyers_percent: Annotated[float, Field(ge=0, le=100)] | None = None

    @property
    def changes_nothing(self) -> bool:
        return not self.values and self.buyers_percent is None

    def having(self, candidate: str, path: str, value: Decimal | None) -> WhatIf:
        """The same with another value; of another candidate it begins anew. None: as the plan has it."""
        values = {key: kept for key, kept in self._of(candidate).values.items() if key != path}
        if value is not None:
            values[path] = value
        return self._of(candidate).model_copy(update={"values": values})

    def bought_by(self, candidate: str, percent: float | None) -> WhatIf:
        """The same with so many buyers."""
        return self._of(candidate).model_copy(update={"buyers_percent": percent})

    def _of(self, candidate: str) -> WhatIf:
        return self if self.candidate == candidate else WhatIf(candidate=candidate)

    def terms(self, scenario: Scenario) -> list[tuple[Term, Decimal]]:
        """What is tried, in the catalog's order; terms that are gone since are left out."""
        names = [candidate.name for candidate in scenario.candidates]
        if self.candidate not in names:
            return []
        terms = terms_of(scenario, candidate_named(scenario, self.candidate))
        return [
            (term, self.values[term.path])
            for term in terms
            if term.path in self.values and self.values[term.path] != term.value
        ]

    def applied(self, scenario: Scenario) -> tuple[Catalog, tuple[Candidate, ...]]:
        """Catalog and candidates with what is tried. Raises InputError where a value is none that a plan can have."""
        tried = self.terms(scenario)
        changed = with_values(scenario.catalog, [term for term, _ in tried], [value for _, value in tried], "moved")
        catalog = Catalog.model_validate(changed.document()) if tried else scenario.catalog
        candidates = tuple(self._bought(candidate) for candidate in scenario.candidates)
        return catalog, candidates

    def _bought(self, candidate: Candidate) -> Candidate:
        if candidate.name != self.candidate or self.buyers_percent is None:
            return candidate
        share = {"probability": Decimal(str(self.buyers_percent)).scaleb(-2)}
        if candidate.top_up is not None:
            return candidate.model_copy(update={"top_up": candidate.top_up.model_copy(update=share)})
        return candidate.model_copy(update={"purchases": candidate.purchases.model_copy(update=share)})


def buyers(scenario: Scenario, candidate: Candidate) -> Decimal | None:
    """The share who buy packs, or top up, under a candidate; None where nothing is bought, or one share is assumed for all."""
    assumed = scenario.assumptions
    if candidate.top_up is not None:
        return candidate.top_up.probability if assumed.top_ups is None else None
    sells = scenario.plan(candidate).sells == "packs" and candidate.purchases.pack != "none"
    return candidate.purchases.probability if sells and assumed.pack_buying is None else None


def knobs(scenario: Scenario, candidate: Candidate) -> list[Knob]:
    """The terms that matter most to a candidate: base price, allowance, unit prices, packs; at most KNOBS_MAX."""
    terms = [term for term in terms_of(scenario, candidate) if _matters(term, scenario, candidate)]
    chosen = sorted(terms, key=_rank)[:KNOBS_MAX]
    plans = [scenario.catalog.plans[code].name or code for code in scenario.plans(candidate)]
    return [_knob(term, plans, scenario.catalog.currency) for term in chosen]


def _matters(term: Term, scenario: Scenario, candidate: Candidate) -> bool:
    """Prices of other intervals change nothing, nor do packs that nobody buys."""
    if "prices" in term.keys:
        return term.keys[-1] == scenario.interval(candidate)
    bought = candidate.purchases.pack
    if term.keys[0] == "credit_packs":
        return bought != "none" and (bought == term.keys[1] or bought not in scenario.catalog.credit_packs)
    return True


def _rank(term: Term) -> int:
    if "prices" in term.keys:
        return 0
    if term.keys[-1] in ("included_credits", "included_balance", "included"):
        return 1
    return 3 if term.keys[0] == "credit_packs" else 2


def _knob(term: Term, plans: Sequence[str], currency: str) -> Knob:
    words = term.words.removeprefix("the ")
    if len(plans) == 1:
        words = words.removesuffix(f" of {plans[0]}").removesuffix(f" on {plans[0]}")
    unit = {"money": f", {currency.upper()}", "share": ", share"}.get(term.kind, "")
    step = usual_grid(term).step
    return Knob(term, f"{capitalized(words)}{unit}", step, max(decimal_places(step), decimal_places(term.value)))


def tried_words(tried: WhatIf, scenario: Scenario) -> str:
    """`Credits with monthly $25, 80 % buying`."""
    parts = [short_words(term, value, scenario.catalog.currency) for term, value in tried.terms(scenario)]
    if tried.buyers_percent is not None:
        parts.append(f"{tried.buyers_percent:g} % of customers buying")
    return f"{tried.candidate} with {listed(parts)}"


def moved_words(before: CandidateRow, after: CandidateRow) -> str:
    """What a trial does to a candidate, beside what it is now."""
    figures = [
        (f"{after.measure} a month", before.monthly, after.monthly),
        ("the median customer pays", before.median, after.median),
        ("refused", before.blocked, after.blocked),
        ("customers who pay more", _paying_more(before), _paying_more(after)),
        ("margin", before.margin, after.margin),
    ]
    moved = [f"{name} {now} (now {was})" for name, was, now in figures if was != now and now]
    return f"{capitalized(listed(moved))}." if moved else "Nothing moves on this usage."


def _paying_more(row: CandidateRow) -> str:
    """As the row's bar has it; '' for the baseline."""
    return f"{row.changes[PRICE_CHANGES.index('more')]:,}" if row.changes else ""
