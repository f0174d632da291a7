"""Checks of a scenario, made on what came out of a replay: what was wanted, what was found, and by how much it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay
from commet_core.engine.totals import blocked_share
from commet_core.foundation.formats import percent, percent_exact
from commet_core.foundation.money import MICROS, decimal_of, decimal_places, format_signed, micros, minor_decimals
from commet_core.reports.margin import margins
from commet_core.scenario.checks import Check
from commet_core.scenario.markets import as_told
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

NO_MARGIN: Final = "its margin was not worked out"


@dataclass(frozen=True)
class CheckResult:
    """One check. wanted, found, off: words; off: by how much it fails, or why nothing was found; empty where it passed."""

    candidate: str
    check: str
    wanted: str
    found: str
    off: str
    passed: bool


@dataclass(frozen=True)
class CostedAmounts:
    """What a candidate earned and cost to serve, in the currency's unit, and the features whose cost is not known."""

    earned: Decimal
    cost: Decimal
    without_cost: frozenset[str]


def costed(scenario: Scenario, usage: Usage) -> dict[str, CostedAmounts]:
    """What every candidate earned and cost, piece by piece; nothing where no check asks for a margin. Raises InputError as `margins`."""
    if not any(check.margin for check in scenario.checks):
        return {}
    scenario = as_told(scenario)

    def of_piece(replayed: Replay) -> dict[str, CostedAmounts]:
        return {
            each.candidate: CostedAmounts(each.earned, each.cost, frozenset(each.features_without_cost))
            for each in margins(replayed)
        }

    added: dict[str, CostedAmounts] = {}
    for part in replay_pieces(scenario, usage, of_piece):
        for name, amounts in part.items():
            before = added.get(name, CostedAmounts(Decimal(0), Decimal(0), frozenset()))
            added[name] = CostedAmounts(
                before.earned + amounts.earned, before.cost + amounts.cost, before.without_cost | amounts.without_cost
            )
    return added


def checked(outcome: Outcome, cost: Mapping[str, CostedAmounts] | None = None) -> list[CheckResult]:
    """Every check of the scenario, in its order. cost: as `costed`; without it checks of margins fail, and say so."""
    names = [candidate.name for candidate in outcome.scenario.candidates]
    customers = CustomerAmounts.of_outcome(outcome)
    results = []
    for check in outcome.scenario.checks:
        place = names.index(check.candidate)
        if check.kind == "margin":
            wanted, found, off = _margin(check, (cost or {}).get(check.candidate))
        else:
            wanted, found, off = _CHECKS[check.kind](check, outcome, customers, place)
        results.append(CheckResult(check.candidate, check.kind, wanted, found, off, not off))
    return results


Words = tuple[str, str, str]


def _revenue_change(check: Check, _outcome: Outcome, customers: CustomerAmounts, place: int) -> Words:
    least, most = check.wanted.min, check.wanted.max
    ends = {"at least": least, "at most": most}
    wanted = " and ".join(f"{which} {percent_exact(end)}" for which, end in ends.items() if end is not None)
    billed, before = (int(customers.bills.billed[row].sum()) for row in (place, customers.baseline))
    if before <= 0:
        return wanted, "", "the baseline bills nothing that a change could be a share of"
    change = Fraction(billed, before) - 1
    off, places = "", _places(*filter(None, (least, most)))
    if least is not None and change < Fraction(least):
        off = f"{_points(Fraction(least) - change, places)} too low"
    elif most is not None and change > Fraction(most):
        off = f"{_points(change - Fraction(most), places)} too high"
    return wanted, percent(change, places), off


def _customers_above(check: Check, _outcome: Outcome, customers: CustomerAmounts, place: int) -> Words:
    rise, most = check.wanted.rise, check.wanted.at_most
    billed, before = (customers.bills.billed[row].astype(object) for row in (place, customers.baseline))
    above = int(np.count_nonzero(billed * MICROS > np.maximum(before, 0) * (MICROS + micros(rise))))
    share = Fraction(above, max(1, len(customers.ids)))
    wanted, places = f"at most {percent_exact(most)} pay more than {percent_exact(rise)} above", _places(most)
    found = f"{percent(share, places)}: {above:,} of {len(customers.ids):,} customers"
    return wanted, found, f"{_points(share - Fraction(most), places)} too many" if share > Fraction(most) else ""


def _blocked_share(check: Check, outcome: Outcome, _customers: CustomerAmounts, place: int) -> Words:
    share, most = blocked_share(outcome.scenario.rows, outcome.totals[place]), check.wanted.at_most
    off, places = share - Fraction(most), _places(most)
    return f"at most {percent_exact(most)}", percent(share, places), f"{_points(off, places)} too much" if off > 0 else ""


def _revenue_interval(check: Check, outcome: Outcome, customers: CustomerAmounts, place: int) -> Words:
    currency, decimals = outcome.currency, minor_decimals(outcome.currency)
    wanted = f"excludes {format_signed(check.wanted.excludes, currency)}"
    if place == customers.baseline:
        return wanted, "", "the baseline has no difference to itself"
    interval = customers.billed_uncertainty.interval(place)
    if not interval.given:
        return wanted, "", interval.refused
    low, high = (decimal_of(end, decimals) for end in (interval.low, interval.high))
    found = f"{format_signed(low, currency)} to {format_signed(high, currency)}"
    return wanted, found, "" if low > check.wanted.excludes or high < check.wanted.excludes else "the range holds it"


def _margin(check: Check, amounts: CostedAmounts | None) -> Words:
    least = check.wanted.at_least
    wanted, places = f"at least {percent_exact(least)} of what is earned", _places(least)
    if amounts is None:
        return wanted, "", NO_MARGIN
    if amounts.without_cost:
        return wanted, "", f"no unit_cost is known of {', '.join(sorted(amounts.without_cost))}"
    if amounts.earned <= 0:
        return wanted, "", "nothing was earned"
    share = Fraction(amounts.earned - amounts.cost) / Fraction(amounts.earned)
    off = Fraction(least) - share
    return wanted, percent(share, places), f"{_points(off, places)} too low" if off > 0 else ""


_CHECKS: Final[Mapping[str, Callable[[Check, Outcome, CustomerAmounts, int], Words]]] = {
    "revenue_change": _revenue_change,
    "customers_above": _customers_above,
    "blocked_share": _blocked_share,
    "revenue_interval": _revenue_interval,
}


def _places(*limits: Decimal) -> int:
    """Decimals of a percentage that tell what was found from the limits beside it: one more than they have."""
    return 1 + max((decimal_places(limit * 100) for limit in limits), default=0)


def _points(share: Fraction, places: int) -> str:
    """A difference of shares: `1.2 points`."""
    return percent(share, places).replace(" %", " points")


def checks_table(results: Sequence[CheckResult]) -> pa.Table:
    """The table `checks`: candidate, check, wanted, found, off, passed."""
    columns = ("candidate", "check", "wanted", "found", "off")
    texts = {name: pa.array([getattr(result, name) for result in results], pa.string()) for name in columns}
    return pa.table(texts | {"passed": pa.array([result.passed for result in results], pa.bool_())})


def to_junit(results: Sequence[CheckResult]) -> bytes:
    """The same as JUnit XML: a test case for each check."""
    failures = sum(not result.passed for result in results)
    suite = ET.Element("testsuite", name="prices", tests=str(len(results)), failures=str(failures), errors="0")
    for result in results:
        case = ET.SubElement(
            suite, "testcase", classname=_printable(result.candidate), name=f"{result.check}: {_printable(result.wanted)}"
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", message=_printable(result.off))
            failure.text = _printable(f"wanted {result.wanted}; found {result.found or 'nothing'}; {result.off}")
    ET.indent(suite)
    return ET.tostring(suite, encoding="utf-8", xml_declaration=True) + b"\n"


def _printable(text: str) -> str:
    """A text without what XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
