"""Usage of an add-on while it is not active is told under the feature's own code, once, with its cost."""

from datetime import UTC, datetime
from decimal import Decimal

import yaml

from commet_core.engine.replay import Replay, replay
from commet_core.reports.compare.blocked import blocked_features
from commet_core.reports.margin.blocked import blocked_values
from commet_core.reports.margin.margins import feature_margins, margins
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SCENARIO = """
catalog:
  currency: usd
  features: {calls: {unit_cost: 0.5}, sms: {unit_cost: 0.1}}
  plans: {pro: {consumption_model: metered, prices: {monthly: 60}, features: {calls: {included: 10}}}}
  addons: {sms: {feature: sms, consumption_model: metered, base_price: 10, included: 2}}
window: {start: 2026-06-01, end: 2026-07-01}
subscriptions:
  - {customer_id: ana, at: 2026-06-01, action: start}
  - {customer_id: ana, at: 2026-06-11, action: activate_add_on, item: sms}
candidates: [{name: Pro, plan: pro}]
"""


def replayed() -> Replay:
    moments = [datetime(2026, 6, day, tzinfo=UTC) for day in (5, 15, 16)]
    usage = Usage.from_events(["ana"] * 3, moments, ["sms"] * 3, [Decimal(3), Decimal(2), Decimal(4)])
    return replay(Scenario.model_validate(yaml.safe_load(SCENARIO)), usage)


def test_margins_know_what_it_would_have_cost() -> None:
    told = replayed()
    (margin,) = margins(told)
    assert margin.features_without_cost == ()
    assert (margin.cost, margin.blocked_cost) == (Decimal("0.2"), Decimal("0.7"))
    (blocked,) = blocked_values(told, told.runs[0])
    assert (blocked.feature, blocked.units, blocked.cost) == ("sms", Decimal(7), Decimal("0.7"))
    table = feature_margins(told, told.runs[0]).table
    assert [name for name in table["feature"].to_pylist() if name] == ["sms"]
    assert table["served"].to_pylist()[0] == Decimal(2)


def test_what_was_refused_adds_up_to_what_was_asked_for() -> None:
    refused = {
        each.reason: (each.feature, each.blocked, each.demanded, each.customers) for each in blocked_features(replayed())
    }
    assert refused == {
        "allowance_exhausted": ("sms", Decimal(4), Decimal(9), 1),
        "not_in_plan": ("sms", Decimal(3), Decimal(9), 1),
    }
