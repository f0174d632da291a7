"""A feature that the plan has only for some days of a period is refused for two reasons in it, and each is told with its own units."""

from datetime import UTC, datetime
from decimal import Decimal

import yaml

from commet_core.engine.replay import replay
from commet_core.reports.compare.blocked import blocked_features
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SCENARIO = """
catalog:
  currency: usd
  features: {calls: {}, video: {}}
  plans:
    low:
      consumption_model: metered
      prices: {monthly: 10}
      features: {calls: {included: 5}}
      versions: [{from: 2026-01-20, features: {video: {included: 1}}}]
window: {start: 2026-01-01, end: 2026-02-01}
candidates: [{name: Low, plan: low}]
"""


def test_what_a_version_brings_was_not_in_the_plan_before() -> None:
    """3 asked for on the 12th are not in the plan; of the version one unit is included, and the 21st asks for 2."""
    days, units = (12, 21), (3, 2)
    moments = [datetime(2026, 1, day, tzinfo=UTC) for day in days]
    usage = Usage.from_events(["ana"] * 2, moments, ["video"] * 2, list(units))
    told = blocked_features(replay(Scenario.model_validate(yaml.safe_load(SCENARIO)), usage))
    assert {each.reason: (each.blocked_events, each.blocked, each.customers) for each in told} == {
        "allowance_exhausted": (1, Decimal(2), 1),
        "not_in_plan": (1, Decimal(3), 1),
    }
