"""What plans cost at a usage that somebody types in, with what they include and refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commet_core.catalog.plans import Catalog, ConsumptionModel
from commet_core.engine import tables
from commet_core.engine.run import Run
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import Interval, LineKind, RefusalReason
from commet_core.rating.stocks import UNIT_DECIMALS, Unit
from commet_core.reports.quote.held import held_at_first
from commet_core.reports.quote.made_up import last_plans, monthly_cost, one_month, one_year
from commet_core.scenario.candidates import Candidate, plans_of


@dataclass(frozen=True)
class QuoteLine:
    """One line of an invoice. `item`: the code of a feature, pack or plan; `tier` and `charge`: of a price in tiers."""

    kind: LineKind
    item: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tier: int | None = None
    charge: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Units of a feature that a plan refuses in the month, of those asked for."""

    feature: str
    asked_units: Decimal
    refused_units: Decimal
    reason: RefusalReason


@dataclass(frozen=True)
class Allowance:
    """What the periods that begin in the month grant, and how much of it the usage took.

    of    the stock, or the code of a feature with included units
    unit  what the stock is counted in; None of a feature
    """

    of: str
    granted: Decimal
    used: Decimal
    unit: Unit | None = None


@dataclass(frozen=True)
class Quote:
    """One candidate at one usage. Its customer has no trial, or is through with it; an offer counts from the first month.

    plan          what it is a quote of; of a line-up the plan that suits the usage best over a year
    line_up       the plans of a line-up, lowest first; empty where the candidate is one plan
    lines         of all invoices of the first month, in order; they add up to `first_month`
    monthly_cost  of a whole year like this month, a twelfth, rounded to the minor unit: intervals compare, and credits
                  left over from a pack are used up later
    allowances    what is included in the first month, and how much of it is used
    refusals      what the plan does not serve in the first month
    """

    candidate: str
    plan: str
    model: ConsumptionModel
    interval: Interval | None
    lines: tuple[QuoteLine, ...]
    first_month: Decimal
    monthly_cost: Decimal
    allowances: tuple[Allowance, ...]
    refusals: tuple[Refusal, ...]
    line_up: tuple[str, ...] = ()


def quotes(catalog: Catalog, candidates: Sequence[Candidate], units: Mapping[str, Decimal]) -> list[Quote]:
    """Every candidate at one usage, in their order. Raises InputError as `replay`.

    units: per feature, used in a month; of seats and quota held all the time.
    """
    return [_quote(catalog, candidate, units) for candidate in candidates]


def _lines(run: Run) -> tuple[QuoteLine, ...]:
    """The month's invoice lines; what was bought of one pack on several invoices is one line."""
    lines: dict[tuple[str, str, int], QuoteLine] = {}
    for place, row in enumerate(tables.invoice_lines(run).to_pylist()):
        bought = row["kind"] in ("credit_pack", "top_up")
        key = (row["kind"], row["item"], -1 if bought else place)
        earlier = lines.get(key)
        quantity, amount = (earlier.quantity, earlier.amount) if earlier else (Decimal(0), Decimal(0))
        sums = row["quantity"] + quantity, row["unit_price"], row["amount"] + amount
        lines[key] = QuoteLine(row["kind"], row["item"], *sums, row["tier"], row["charge"])
    return tuple(lines.values())


def _quote(catalog: Catalog, candidate: Candidate, units: Mapping[str, Decimal]) -> Quote:
    year = one_year(catalog, [candidate], [units])[candidate.name]
    run = one_month(catalog, [_alone(catalog, candidate, last_plans(year)[0])], units).runs[0]
    return Quote(
        candidate=candidate.name,
        plan=run.plan_code,
        model=run.plan.consumption_model,
        interval=run.interval,
        lines=_lines(run),
        first_month=decimal_of(int(run.customer_billed.sum()), minor_decimals(catalog.currency)),
        monthly_cost=monthly_cost(int(year.customer_billed[0]), catalog.currency),
        allowances=(*_of_usage(run), *_of_levels(run)),
        refusals=_refusals(run),
        line_up=plans_of(catalog, candidate) if candidate.group is not None else (),
    )


def _alone(catalog: Catalog, candidate: Candidate, plan: str) -> Candidate:
    """A line-up's candidate on one of its plans alone; a candidate on a plan as it is."""
    if candidate.group is None:
        return candidate
    usual = {
        key: Candidate.model_fields[key].default for key in ("group", "choose", "blocked_share_max", "upgrade_after_periods")
    }
    interval = None if catalog.plans[plan].free else candidate.interval
    return candidate.model_copy(update=usual | {"plan": plan, "interval": interval})


def _of_levels(run: Run) -> Iterator[Allowance]:
    """Seats and quota that are included, and how many of these are held."""
    for held in held_at_first(run):
        if held.included > 0:
            yield Allowance(held.feature, held.included, min(held.held, held.included))


def _of_usage(run: Run) -> tuple[Allowance, ...]:
    if not run.flows:
        return _included_units(run, run.timeline.segment_count)
    stock = run.flows[0]
    granted, used = (decimal_of(exact_sum(flow), UNIT_DECIMALS[stock.kind.unit]) for flow in (stock.granted, stock.used))
    return (Allowance(stock.kind.name, granted, min(granted, used), stock.kind.unit),)


def _included_units(run: Run, period_count: int) -> tuple[Allowance, ...]:
    """The included units of features that are used; what goes beyond them uses none."""
    within: dict[str, Decimal] = {}
    for cell in tables.feature_periods(run).to_pylist():
        within[cell["feature"]] = within.get(cell["feature"], Decimal(0)) + cell["served"] - cell["overage_units"]
    terms = {feature: run.plan.features[feature] for feature in within if feature in run.plan.features}
    return tuple(
        Allowance(feature, terms[feature].included_units * period_count, within[feature])
        for feature in terms
        if terms[feature].included_units > 0 and not terms[feature].unlimited
    )


def _refusals(run: Run) -> tuple[Refusal, ...]:
    asked: dict[str, Decimal] = {}
    refused: dict[str, Decimal] = {}
    reasons: dict[str, RefusalReason] = {}
    for cell in tables.feature_periods(run).to_pylist():
        feature = cell["feature"]
        asked[feature] = asked.get(feature, Decimal(0)) + cell["demanded"]
        refused[feature] = refused.get(feature, Decimal(0)) + cell["blocked"]
        if cell["blocked"] > 0:
            reasons.setdefault(feature, cell["blocked_reason"])
    levels = (held for held in held_at_first(run) if held.refused > 0)
    return (
        *(Refusal(feature, asked[feature], refused[feature], reason) for feature, reason in reasons.items()),
        *(Refusal(each.feature, each.held + each.refused, each.refused, "allowance_exhausted") for each in levels),
    )
