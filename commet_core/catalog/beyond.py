"""What plans may say beyond Commet: rollover, a minimum commitment, a spend cap (billing-rules 15.2, 15.4, 15.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from commet_core.foundation.documents import COUNT_MAX, Amount, Document, PositiveAmount, Quantity, Whole
from commet_core.foundation.errors import Problem

TERM_MONTHS_MAX: Final = 120

Beyond = Literal["block", "free"]
"""What happens to usage beyond a spend cap: it is refused, or it is served and not charged."""


class Rollover(Document):
    """Unused allowance goes into the next period (billing-rules 15.2).

    max_periods   for how many periods more it may be used; None: without an end
    max_amount    how much at most is rolled over at a reset, in the unit of the allowance; None: all of it
    """

    max_periods: Annotated[Whole, Field(ge=1, le=COUNT_MAX)] | None = None
    max_amount: Decimal | None = None


class CreditsRollover(Rollover):
    max_amount: Quantity | None = None


class BalanceRollover(Rollover):
    max_amount: Amount | None = None


class MinimumCommitment(Document):
    """What a customer pays at least (billing-rules 15.4): per billing interval, or per term of so many months."""

    amount: PositiveAmount
    per: Literal["interval", "term"]
    term_months: Annotated[Whole, Field(ge=1, le=TERM_MONTHS_MAX)] | None = None

    @model_validator(mode="after")
    def _term(self) -> MinimumCommitment:
        if (self.per == "term") != (self.term_months is not None):
            what = "is per term, and term_months is missing" if self.per == "term" else "is per interval, and has term_months"
            fix = "Say how many months a term has" if self.per == "term" else "Remove term_months, or write per: term"
            raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": fix})
        return self


class SpendCap(Document):
    """The most that a period's overage, packs and top-ups may come to (billing-rules 15.5)."""

    amount: Amount
    beyond: Beyond = "block"


def beyond_problems(path: str, plan: Any) -> list[Problem]:
    """What of a plan, as a document has it, does not go together."""
    if not isinstance(plan, Mapping) or plan.get("minimum_commitment") is None:
        return []
    if plan.get("prices"):
        return _interval_problems(f"{path}.minimum_commitment", plan)
    what = "a free plan has no minimum commitment"
    return [Problem(f"{path}.minimum_commitment", what, "Give the plan a price, or remove minimum_commitment")]


def _interval_problems(path: str, plan: Mapping[str, Any]) -> list[Problem]:
    """Prices to which a commitment does not apply."""
    prices, rule = plan["prices"], plan["minimum_commitment"]
    per = rule.get("per") if isinstance(rule, Mapping) else None
    if not isinstance(prices, Mapping):
        return []
    if per == "interval" and "one_time" in prices:
        return [Problem(path, "a one-time price has no interval to commit for", "Use per: term, or remove the one-time price")]
    return []
