"""What a replay came to, whatever replayed it: the sums of all customers, and the figures of `summary.json`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from commet_core.catalog.model_prices import list_version
from commet_core.catalog.request_prices import RequestPrices
from commet_core.engine.counted import Counted
from commet_core.engine.pieces import Sums
from commet_core.engine.replay import Replay
from commet_core.engine.totals import Totals
from commet_core.foundation.calendar import moment
from commet_core.foundation.derived import KeepsDerived, cached_property
from commet_core.foundation.errors import Problem
from commet_core.foundation.money import decimal_of, minor_decimals, plain
from commet_core.foundation.window import Window
from commet_core.rating import invoices
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.reporting import rates_used
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import RowProblem
from commet_core.usage.ingest import IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA
from commet_core.version import VERSION

FURTHER_LINES: Final = {
    "commitment": invoices.COMMITMENT,
    "seats": invoices.FEATURE_SEATS,
    "quota": invoices.FEATURE_QUOTA,
    "addons": invoices.ADDON_BASE,
}
"""What the summary tells of lines that only some plans have, where there are any."""


@dataclass(frozen=True)
class Outcome(KeepsDerived):
    """A scenario replayed over the usage that a report is on, in figures; its tables are elsewhere.

    scenario   with the window that was replayed
    report     what became of every row that was read
    features   all that occur in the usage
    sums       of all customers
    """

    scenario: Scenario
    report: IngestReport
    features: tuple[str, ...]
    sums: Sums

    @classmethod
    def of(cls, replayed: Replay, report: IngestReport, sums: Sums | None = None) -> Outcome:
        """Of a replay in memory, which is one piece. sums: its own, where they are there already."""
        scenario = replayed.scenario.model_copy(update={"window": replayed.window})
        return cls(scenario, report, replayed.usage.features, sums or Sums.of(replayed))

    @property
    def window(self) -> Window:
        assert self.scenario.window is not None
        return self.scenario.window

    @property
    def currency(self) -> str:
        return self.scenario.reporting_currency

    @property
    def totals(self) -> tuple[Totals, ...]:
        """What each candidate came to, in the scenario's order."""
        return self.sums.totals

    @property
    def events_in_window(self) -> int:
        """Rows of customers who were replayed, whatever is assumed of them."""
        return self.sums.events

    @property
    def events_left_out(self) -> int:
        """Rows in the window of customers who were left out."""
        return self.sums.left_out.events

    @property
    def events_outside(self) -> int:
        """Rows that are not in the window."""
        return self.report.rows_used - self.events_in_window - self.events_left_out - self.level_rows

    @property
    def level_rows(self) -> int:
        """Rows that say how many seats or units of a quota were held."""
        return self.sums.left_out.level_rows

    @property
    def customers_left_out(self) -> int:
        """Customers whose actions make no sense."""
        return self.sums.left_out.customers

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the actions of customers who were left out."""
        return tuple(problem.problem for problem in self.sums.left_out.problems)

    @property
    def rejected_levels(self) -> tuple[Problem, ...]:
        """Rows of levels that cannot be used; the others are."""
        return tuple(problem.problem for problem in self.sums.left_out.rejected)

    @property
    def features_without_plan(self) -> dict[str, list[str]]:
        """Features of the usage that a candidate's plan does not have: feature → names of candidates."""
        return self.scenario.features_without_plan(self.features)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run in figures, as `summary.json` has them; amounts as text, so that every reader gets them exactly."""
        scenario, report, catalog = self.scenario, self.report, self.scenario.catalog
        return {
            "version": VERSION,
            "currency": self.currency,
            "window": {"start": str(self.window.start), "end": str(self.window.end)},
            "rows": scenario.rows,
            "start": scenario.start,
            "seed": scenario.seed,
            "baseline": scenario.candidates[scenario.baseline_index()].name,
            "rows_read": report.rows_read,
            "rows_used": self.events_in_window,
            "duplicates": report.duplicates,
            "rejected": report.rows_rejected,
            "without_usage": report.rows_without_usage,
            **({"rows_left_out": report.rows_left_out} if report.rows_left_out else {}),
            "customers_left_out": self.customers_left_out,
            "left_out": self.events_left_out,
            "outside_window": self.events_outside,
            **({"level_rows": self.level_rows} if self.level_rows else {}),
            **({"level_rows_rejected": len(self.rejected_levels)} if self.rejected_levels else {}),
            "time_zone": catalog.time_zone,
            **_rates_summary(scenario, self.sums.counted),
            "model_prices": list_version() if RequestPrices.of(catalog, catalog.plans, catalog.addons) else None,
            "candidates": {
                candidate.name: _candidate_summary(candidate, totals, minor_decimals(self.currency))
                | self.sums.counted.told(candidate.name)
                for candidate, totals in zip(scenario.candidates, self.totals, strict=True)
            },
        }

    @property
    def left_out_rows(self) -> pa.Table:
        """Rows of subscriptions and levels that make no sense, as `rejects` of interfaces.md."""
        left_out = self.sums.left_out
        return left_out_rows((*left_out.problems, *left_out.rejected))


def left_out_rows(problems: Iterable[RowProblem]) -> pa.Table:
    """Rows of subscriptions that make no sense, whose customers are not replayed, and of levels, as `rejects` of interfaces.md."""
    rows = [
        (
            problem.row.file or problem.row.where.split(",")[0],
            problem.row.line,
            problem.column,
            problem.value,
            f"{problem.what}. {problem.fix}",
        )
        for problem in problems
    ]
    columns = zip(*rows, strict=True) if rows else ([] for _ in REJECT_SCHEMA)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, REJECT_SCHEMA, strict=True)], schema=REJECT_SCHEMA
    )


def _rates_summary(scenario: Scenario, counted: Counted) -> dict[str, Any]:
    """The rates at which lines were told in the reporting currency, and those stated for what has no price of its own (15.6)."""
    if "markets" not in scenario.rules:
        return {}
    issued = {code: days for code, days in counted.issued.items() if code != scenario.reporting_currency}
    stated = {code: currency.exchange_rate for code, currency in scenario.catalog.currencies.items()}
    return {
        "rates": {} if scenario.reporting is None else rates_used(scenario.reporting, issued),
        "exchange_rates": {code: plain(rate) for code, rate in stated.items() if rate is not None},
    }


def _candidate_summary(candidate: Candidate, totals: Totals, decimals_minor: int) -> dict[str, Any]:
    amounts = {
        "billed": totals.billed_minor,
        "plan_base": totals.lines_of(invoices.PLAN_BASE),
        "overage": totals.lines_of(invoices.FEATURE_OVERAGE, invoices.BALANCE_OVERAGE),
        "purchases": totals.lines_of(invoices.CREDIT_PACK, invoices.TOP_UP),
        "discount": totals.lines_of(invoices.DISCOUNT, invoices.PROMO_CODE_DISCOUNT),
        "credit": totals.lines_of(invoices.CREDIT),
    } | {name: totals.lines_of(kind) for name, kind in FURTHER_LINES.items() if totals.lines_of(kind)}
    blocked = totals.first_blocked
    return {
        **({"plan": candidate.plan} if candidate.plan else {"group": str(candidate.group), "choose": candidate.choose}),
        **{name: str(decimal_of(minor, decimals_minor)) for name, minor in amounts.items()},
        "events": totals.events,
        "served_events": totals.served_events,
        "blocked_events": totals.events - totals.served_events,
        "first_blocked_at": None if blocked is None else moment(blocked).isoformat().replace("+00:00", "Z"),
        "customers": totals.customers,
        "customers_billed": totals.customers_billed,
    }
