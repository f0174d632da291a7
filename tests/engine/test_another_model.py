"""A consumption model that the product does not have is added through the registry alone, and replayed to every result.

Fair use: a flat fee with so many units of anything a period; what goes beyond them is refused, what is left is lost.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from dataclasses import replace as with_changes
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pytest
from pydantic import Field

from commet_core.catalog.names import Code
from commet_core.catalog.plan_terms import PlanTerms
from commet_core.catalog.plans import Catalog, MeteredPlan
from commet_core.catalog.terms import FeatureTerms
from commet_core.engine import laws, tables
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.documents import Quantity
from commet_core.foundation.errors import LawViolation
from commet_core.foundation.money import micros
from commet_core.rating import models
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    SERVED,
    Admitted,
    Ledger,
    close_cell,
    note,
    nothing_blocked,
    refusal,
    refuse,
)
from commet_core.rating.charges import Charged, no_charges, no_lots
from commet_core.rating.invoices import CREDIT_PACK, FEATURE_OVERAGE
from commet_core.rating.model import Model, Setting
from commet_core.rating.purchases import no_purchases
from commet_core.rating.stocks import CellUse, StockFlows, StockKind
from commet_core.reports.compare.stocks import leftovers, stocks
from commet_core.reports.margin import feature_margins
from commet_core.reports.statement import ledger_table, statement_of, tie_out
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.stages import kinds_of, plan_on
from commet_core.timeline.treatments import NOT_IN_PLAN, PRICED
from commet_core.usage.usage import Usage

ALLOWANCE = StockKind("fair use", "credits", {"fair_use_granted": "granted", "fair_use_forfeited": "forfeited"})


class FairUseTerms(FeatureTerms):
    """A feature is on the plan or not."""


class FairUsePlan(PlanTerms):
    consumption_model: Literal["fair_use"]
    included_units: Quantity = Decimal(0)
    features: dict[Code, FairUseTerms] = {}


class CatalogWithFairUse(Catalog):
    plans: dict[Code, Annotated[MeteredPlan | FairUsePlan, Field(discriminator="consumption_model")]] = {}  # type: ignore[assignment]


class FairUseRates(NamedTuple):
    kinds: np.ndarray
    unit_prices: np.ndarray
    included: np.ndarray


@dataclass(frozen=True, eq=False)
class FairUseReplay:
    setting: Setting
    rates: FairUseRates
    admitted: Admitted
    left: np.ndarray
    cells: np.ndarray
    beyond: None = None
    spending: None = None

    @classmethod
    def of(cls, setting: Setting) -> FairUseReplay:
        stages, features, timeline = setting.subscription.stages, setting.usage.features, setting.timeline
        rates = FairUseRates(
            kinds_of(stages, len(features)),
            *(np.zeros(shape, np.int64) for shape in ((len(stages), len(features)), len(stages))),
        )
        for row, stage in enumerate(stages):
            if not stage.has_periods or stage.plan is None:
                continue  # before a start, in a pause and after a cancellation
            plan: PlanTerms = plan_on(setting.catalog, stage)
            assert isinstance(plan, FairUsePlan)
            rates.included[row] = micros(plan.included_units)
            for index, feature in enumerate(features):
                if feature in plan.features:
                    rates.kinds[row, index] = PRICED
        cells = np.zeros(len(timeline.cell_units), np.int64)
        return cls(setting, rates, setting.admitted(), np.zeros(timeline.segment_count, np.int64), cells)

    def replay_customers(self, first: int, last: int, ledger: Ledger) -> np.ndarray:
        segments, events = self.setting.timeline.segments, self.setting.events()
        blocked = nothing_blocked(len(self.setting.usage.features))
        for customer in range(first, last):
            for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
                stage = segments.stages[segment]
                left = self.rates.included[stage]
                used = np.zeros(len(self.setting.usage.features), np.int64)
                for event in range(segments.first_events[segment], segments.last_events[segment]):
                    feature, value = int(events.features[event]), events.values[event]
                    kind = self.rates.kinds[stage, feature]
                    reason = refusal(kind) if kind >= NOT_IN_PLAN else SERVED if value <= left else ALLOWANCE_EXHAUSTED
                    serves = reason == SERVED
                    units = value if serves else 0
                    left -= units
                    used[feature] += units
                    if not serves:
                        refuse(blocked, self.admitted, customer, event, feature, value, reason)
                    note(ledger, event, reason, units, units, left, 0)
                self.left[segment] = left
                for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                    self.cells[cell] = used[close_cell(segments, cell, blocked, self.admitted)]
        return no_purchases()

    def charged(self, purchases: np.ndarray) -> Charged:
        assert len(purchases) == 0
        nothing = np.zeros_like(self.cells)
        return Charged(no_charges(FEATURE_OVERAGE), no_charges(CREDIT_PACK), no_lots(), nothing, nothing)

    def flows(self, charged: Charged) -> tuple[StockFlows, ...]:
        assert len(charged.lots.segments) == 0
        timeline = self.setting.timeline
        granted, nothing = timeline.of_segments(self.rates.included), np.zeros(timeline.segment_count, np.int64)
        offsets, lapses = timeline.segments.offsets, ~timeline.in_hand
        return (StockFlows(ALLOWANCE, offsets, granted, nothing, granted - self.left, nothing, self.left, lapses),)

    def cell_use(self) -> CellUse:
        return CellUse(self.cells, np.zeros_like(self.cells))


FAIR_USE = Model("fair_use", FairUsePlan, (ALLOWANCE,), frozenset({"credits"}), FairUseReplay.of)

CATALOG = {
    "features": {"call": {}, "image": {"unit_cost": "0.01"}},
    "plans": {
        "flat": {
            "consumption_model": "fair_use",
            "prices": {"monthly": 30},
            "included_units": 10,
            "features": {"call": {}, "image": {}},
        },
        "metered": {"consumption_model": "metered", "prices": {"monthly": 30}, "features": {"call": {"included": 10}}},
    },
}


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.setitem(models.MODELS, FAIR_USE.name, FAIR_USE)
    return replay_of()


def replay_of(**more: Any) -> Replay:
    scenario = Scenario.model_validate(
        {
            "catalog": CatalogWithFairUse.model_validate(CATALOG),
            "candidates": [{"name": "Flat", "plan": "flat"}, {"name": "Metered", "plan": "metered"}],
            "window": {"start": "2026-01-01", "end": "2026-02-20"},
            **more,
        }
    )
    days = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)]
    return replay(scenario, Usage.from_events(["ana"] * 3, days, ["call", "image", "call"], [7, 4, 2]))


def test_it_is_replayed_to_every_table(replayed: Replay) -> None:
    run = replayed.run("Flat")
    served = [
        (row["feature"], row["served"], row["blocked"], row["credits"]) for row in tables.feature_periods(run).to_pylist()
    ]
    assert served == [("call", 7, 0, 7), ("image", 0, 4, 0), ("call", 2, 0, 2)]
    rows = tables.periods(run).to_pylist()
    assert [(row["plan_base"], row["fair_use_granted"], row["fair_use_forfeited"]) for row in rows] == [
        (30, 10, 3),
        (30, 10, 0),
    ]
    assert {row["plan_credits_granted"] for row in rows} == {None}
    for build in tables.TABLES.values():
        assert build(run).num_rows > 0


def test_its_customers_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(models.MODELS, FAIR_USE.name, FAIR_USE)
    run = replay_of(subscriptions=[{"customer_id": "ana", "at": "2026-02-02", "action": "pause"}]).run("Flat")
    rows = tables.feature_periods(run).to_pylist()
    assert [(row["served"], row["blocked_reason"]) for row in rows if row["feature"] == "call"] == [(7, None), (0, "paused")]


def test_another_model_has_no_such_stock(replayed: Replay) -> None:
    assert tables.periods(replayed.run("Metered"))["fair_use_granted"].to_pylist() == [None, None]


def test_its_laws_hold_and_can_be_broken(replayed: Replay) -> None:
    run = replayed.run("Flat")
    laws.check([run])
    leaking = with_changes(run.flows[0], closing=run.flows[0].closing + 1)
    with pytest.raises(LawViolation, match=r"fair use: opening \+ granted"):
        laws.check([with_changes(run, flows=(leaking,))])


def test_reports_read_its_stock(replayed: Replay) -> None:
    run = replayed.run("Flat")
    (stock,) = stocks(replayed)
    assert (stock.kind, stock.granted, stock.used, stock.forfeited, stock.in_hand) == ("fair use", 20, 9, 3, 8)
    assert leftovers(run).to_pylist()[0]["in_hand"] == 8
    assert tables.accounts(run)["forfeited_value"].to_pylist() == [9, 0], "3 of 10 units of a month of $30"
    assert feature_margins(replayed, run).table["served"].to_pylist()[:2] == [9, 0]


def test_its_customers_have_a_statement(replayed: Replay) -> None:
    statement = statement_of(replayed, replayed.run("Flat"), "ana")
    assert tie_out(statement).holds
    assert ledger_table(statement, np.arange(3))["outcome"].to_pylist() == ["served", "refused", "served"]


# --- Where else a model is asked after --------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2]
CODES = frozenset(name for name in models.MODELS)
CLASSES = frozenset(name.title() + part for name in CODES for part in ("Plan", "Terms"))

TOUCHED = frozenset(
    {
        "commet_core/warmup.py",  # a plan of each, to compile its kernel
        "commet_core/scenario/drafts/model_terms.py",
        "commet_core/scenario/drafts/markets.py",  # an amount of rollover is money on a balance, and credits elsewhere
        "commet_core/reports/examples.py",
        "commet_core/reports/starter.py",
        "commet_core/reports/quote/held_words.py",
        "commet_core/reports/quote/words.py",
        "commet_core/reports/quotation/most.py",
        "commet_core/reports/quotation/beyond_words.py",
        "commet_core/reports/quotation/formulas.py",
        "commet_core/reports/commet_config/checklist.py",
        "commet_core/reports/commet_config/config_file.py",
        "commet_core/timeline/lending.py",
        "commet_core/reports/statement/moves.py",
        "commet_core/reports/statement/ledger.py",
        "commet_core/reports/statement/model_reasons.py",
        "commet_core/reports/statement/words.py",
        "pages/shared/glossary.py",
        "pages/shared/palette.py",
        "pages/shared/charts/allowance.py",
        "pages/customer/allowance.py",
        "pages/plan_editor/add_on_editor.py",
        "pages/plan_editor/model_fields.py",
    }
)
"""Outside `rating` and `catalog`: tables by model, and words of one. Only those of `drafts` and `palette` have to know all."""


def asks_for_a_model(node: ast.AST) -> bool:
    """Whether code names a model: its class of plans or terms, or its code where it decides something."""
    match node:
        case ast.ImportFrom(names=names):
            return any(name.name in CLASSES for name in names)
        case ast.Dict(keys=keys):
            return {key.value for key in keys if isinstance(key, ast.Constant)} >= CODES
        case ast.Compare(left=left, comparators=others):
            codes = [left, *others]
        case ast.Call(args=args, keywords=keywords):
            codes = [*args[:1], *(keyword.value for keyword in keywords if keyword.arg == "model")]
        case ast.MatchValue(value=code) | ast.Subscript(slice=code):
            codes = [code]
        case _:
            return False
    return any(isinstance(code, ast.Constant) and code.value in CODES for code in codes)


def test_few_files_know_which_model_it_is() -> None:
    rooms = [ROOT / "commet_core", ROOT / "pages"]
    files = [file for room in rooms for file in room.rglob("*.py") if file.parent.name not in ("rating", "catalog")]
    asking = {
        file.relative_to(ROOT).as_posix()
        for file in files
        if any(asks_for_a_model(node) for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    }
    assert not asking - TOUCHED, "ask the plan, its terms or its stocks; a table that needs every model belongs into TOUCHED"
    left = "\n".join(sorted(TOUCHED - asking))
    assert not left, f"these know of models, and not of every one yet; or ask no more, and leave TOUCHED:\n{left}"
