"""The base price of a stub in words is a part of a whole price, and no rounding of one (billing-rules 2.2)."""

import yaml

from commet_core.engine.replay import replay
from commet_core.reports.statement.line_words import line_words
from commet_core.reports.statement.statement import statement_of
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SCENARIO = """
catalog:
  currency: usd
  features: {calls: {}}
  plans:
    pro: {name: Pro, consumption_model: metered, billing_day: 1, prices: {monthly: 90}, features: {calls: {included: 10}}}
window: {start: 2026-01-01, end: 2026-02-02}
subscriptions: [{customer_id: ana, at: 2026-01-21, action: start}]
candidates: [{name: Pro, plan: pro}]
"""


def test_a_stub_is_so_many_days_of_a_whole_price() -> None:
    replayed = replay(Scenario.model_validate(yaml.safe_load(SCENARIO)), Usage.from_events([], [], [], []))
    assert line_words(statement_of(replayed, replayed.runs[0], "ana")) == [
        "Pro, base price for 11 of 31 days of $90.00, a stub up to the billing day, 21 Jan 2026 to 31 Jan 2026",
        "Pro, base price for the month, 1 Feb 2026 to 28 Feb 2026",
    ]
