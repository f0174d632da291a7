"""What `summary.json` counts of tables: alerts, promo codes, corrections; with the time zone and the rates that were used."""

from typing import Any

import yaml
from support.cases import events_of, replay_in_engine, whole_catalog, whole_scenario

from commet_core.engine.outcome import Outcome
from commet_core.usage.ingest import IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA

CASE: dict[str, Any] = yaml.safe_load("""
catalog:
  time_zone: America/New_York
  currencies: {eur: {exchange_rate: 0.9}}
  markets: {europe: {currency: eur}}
  plans:
    pro:
      consumption_model: metered
      prices: {monthly: 10}
      features: {calls: {included: 5, overage: {unit_price: 1}}}
      currency_prices: {eur: {prices: {monthly: 9}, features: {calls: {unit_price: 1}}}}
  offers: {half: {phases: [{type: percentage, percentage: 50}]}}
  promo_codes: {HALF: {offer: half, max_redemptions: 1}}
scenario:
  window: {start: 2026-01-01, end: 2026-02-01}
  corrections: net
  candidates: [{plan: pro, name: Code, promo_code: HALF}, {plan: pro, name: Plain}]
  reporting: {currency: usd, rates: [{date: 2026-01-01, currency: eur, rate: 1.08}]}
  subscriptions: [{customer_id: cyd, at: 2026-01-03, action: start, market: europe}]
usage:
  - [ana, 2026-01-03T09:00, calls, 4]
  - [ana, 2026-01-04T09:00, calls, 3]
  - [ana, 2026-01-05T09:00, calls, -9.5]
  - [bob, 2026-01-03T09:00, calls, 6]
  - [cyd, 2026-01-03T09:00, calls, 1]
""")


def test_a_summary_counts_alerts_codes_and_what_was_not_given_back() -> None:
    """ana crosses 80 % with 4 and goes beyond 5 with 7, bob beyond at once; of 9.5 taken back 7 were served. One code, three uses."""
    replayed = replay_in_engine(whole_catalog(CASE), whole_scenario(CASE), events_of(CASE))
    summary = Outcome.of(replayed, IngestReport((), (), (), REJECT_SCHEMA.empty_table())).summary
    counted = {"alerts": {"quota.exceeded": 2, "quota.threshold_reached": 1}, "corrections_not_offset": {"calls": "2.5"}}
    names = ("alerts", "redemptions", "corrections_not_offset")
    found = {name: {key: of[key] for key in names if key in of} for name, of in summary["candidates"].items()}
    assert found == {"Plain": counted, "Code": counted | {"redemptions": {"accepted": 1, "refused": 2}}}
    assert summary["time_zone"] == "America/New_York"
    assert summary["rates"] == [{"date": "2026-01-01", "currency": "eur", "rate": "1.08"}]
    assert summary["exchange_rates"] == {"eur": "0.9"}
