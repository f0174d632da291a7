"""A scenario in which every rule is used at once, and usage for it: what its results have, small, in parts and on Spark, is the same."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import yaml

EVERYTHING: dict[str, Any] = yaml.safe_load("""
catalog:
  currency: usd
  currencies: {jpy: {exchange_rate: 150}}
  markets: {japan: {currency: jpy, country_codes: [JP]}}
  features:
    calls: {unit_cost: 0.001}
    image: {}
    sms: {}
    editors: {type: seats}
    projects: {type: quota}
    sso: {type: boolean}
  plans:
    pro:
      consumption_model: metered
      prices: {monthly: 60}
      features:
        calls:
          included: 20
          overage: {tiers_mode: graduated, tiers: [{up_to: 30, unit_price: 0.5, flat_amount: 2}, {unit_price: 0.4}]}
        image: {included: 10, overage: {package_size: 4, package_price: 3}}
        editors: {included: 2, overage: {unit_price: 12}}
        projects: {included: 3, overage: {tiers_mode: volume, tiers: [{up_to: 2, unit_price: 4}, {unit_price: 3}]}}
        sso: true
      minimum_commitment: {amount: 90, per: interval}
      spend_cap: {amount: 25, beyond: free}
      currency_prices:
        jpy:
          prices: {monthly: 9000}
          features:
            calls: {unit_price: 60.5}
            image: {package_size: 4, package_price: 450}
            editors: {unit_price: 1800}
            projects: {unit_price: 500}
          minimum_commitment: {amount: 12000}
          spend_cap: {amount: 3000}
      versions:
        - {from: 2026-02-15, prices: {monthly: 66}, features: {image: {included: 12}}, currency_prices: {jpy: {prices: {monthly: 9900}}}}
    lite: {consumption_model: metered, prices: {monthly: 10}, features: {calls: {included: 15}, image: {included: 5}}, currency_prices: {jpy: {prices: {monthly: 1500}}}}
    big: {consumption_model: metered, prices: {monthly: 50}, features: {calls: {included: 40}, image: {unlimited: true}}, currency_prices: {jpy: {prices: {monthly: 7500}}}}
    credits:
      consumption_model: credits
      prices: {monthly: 49}
      included_credits: 120
      rollover: {max_periods: 1, max_amount: 40}
      spend_cap: {amount: 40}
      features: {calls: {credits_per_unit: 2}, image: {credits_per_unit: 5}}
      currency_prices: {jpy: {prices: {monthly: 7300}, spend_cap: {amount: 6000}}}
    balance:
      consumption_model: balance
      prices: {monthly: 50}
      included_balance: 30
      block_on_exhaustion: true
      rollover: {max_amount: 10}
      features: {calls: {unit_price: 0.75}, image: {unit_price: 1.5}}
      currency_prices:
        jpy: {prices: {monthly: 7500}, included_balance: 4500, features: {calls: {unit_price: 112.5}, image: {unit_price: 225}}, rollover: {max_amount: 1500}}
  plan_groups: {flat: [lite, big]}
  credit_packs:
    burst: {credits: 50, price: 10, expires_after_days: 20, currency_prices: {jpy: 1500}}
    lasting: {credits: 50, price: 12}
  addons:
    sms: {feature: sms, consumption_model: metered, base_price: 18, included: 3, overage: {unit_price: 0.4}}
  offers:
    launch:
      phases:
        - {type: free_trial, duration_days: 7}
        - {type: percentage, percentage: 50, duration_cycles: 1}
        - {type: fixed_price, price: {usd: 39, jpy: 5900}, duration_cycles: 1}
    spring: {phases: [{type: percentage, percentage: 25, duration_cycles: 2}]}
  promo_codes: {SPRING25: {offer: spring, max_redemptions: 4}}
window: {start: 2026-01-01, end: 2026-05-01}
corrections: net
reporting: {currency: usd, rates: [{date: 2026-01-01, currency: jpy, rate: "0.00655"}, {date: 2026-03-01, currency: jpy, rate: "0.0069"}]}
candidates:
  - {name: Pro, plan: pro, promo_code: SPRING25}
  - {name: Launched, plan: pro, offer: launch, addons: [sms], versions: [{plan: pro, version: 2026-02-15, who: nobody}]}
  - {name: Lite, plan: lite}
  - {name: Credits, plan: credits, purchases: {pack: smallest_sufficient, max_packs_per_period: 2}}
  - {name: Balance in yen, plan: balance, top_up: {amount: 1000, max_per_period: 2}, market: japan}
subscriptions:
  - {customer_id: c01, at: 2026-01-01, action: start, market: japan}
  - {customer_id: c02, at: 2026-01-20, action: start, market: japan}
  - {customer_id: c02, at: 2026-03-05, action: customer_credit, amount: 700}
  - {customer_id: c03, at: 2026-01-03, action: start}
  - {customer_id: c03, at: 2026-02-10T06:00:00, action: pause}
  - {customer_id: c03, at: 2026-03-01, action: resume}
  - {customer_id: c04, at: 2026-01-05, action: start}
  - {customer_id: c04, at: 2026-02-01, action: customer_credit, amount: 30}
  - {customer_id: c04, at: 2026-03-20, action: cancel, when: now}
  - {customer_id: c05, at: 2026-01-02, action: start}
  - {customer_id: c05, at: 2026-02-05, action: activate_add_on, item: sms, candidate: Pro}
  - {customer_id: c06, at: 2026-01-02, action: start}
  - {customer_id: c06, at: 2026-02-01, action: grant, plan: big, until: 2026-03-15, candidate: Lite}
  - {customer_id: c07, at: 2026-01-02, action: start}
  - {customer_id: c07, at: 2026-02-11, action: buy_pack, item: burst, candidate: Credits}
  - {customer_id: c07, at: 2026-02-11, action: set_level, item: projects, amount: 9}
  - {customer_id: c08, at: 2026-02-11, action: resume}
  - {customer_id: no usage, at: 2026-02-10, action: start, market: japan}
levels:
  - {customer_id: c01, at: 2026-01-15, feature: projects, set: 5}
  - {customer_id: c01, at: 2026-02-20T09:00:00, feature: projects, change: -2}
  - {customer_id: c09, at: 2026-01-15, feature: projects, change: -1}
""")
"""One customer is left out, one row of levels is rejected, one customer has no usage; seats stand in the usage."""

MAPPING = "levels: [editors]\n"


def usage_lines(customers: int = 14, rows: int = 45) -> Iterator[str]:
    """CSV: calls, images and messages, some of them given back, and seats as levels."""
    rng = np.random.default_rng(16)
    yield "customer_id,timestamp,feature,value"
    for customer in range(1, customers + 1):
        days = np.sort(rng.integers(0, 118, rows))
        features = rng.choice(["calls", "image", "sms", "editors"], rows, p=[0.5, 0.25, 0.15, 0.1])
        for day, feature in zip(days.tolist(), features.tolist(), strict=True):
            month, hour = divmod(day, 30)
            value = int(rng.integers(0, 6)) if feature == "editors" else int(rng.choice([-3, 1, 2, 3, 5, 9]))
            yield f"c{customer:02d},2026-{month + 1:02d}-{min(hour + 1, 28):02d}T{int(rng.integers(0, 24)):02d}:00:00Z,{feature},{value}"


def write_usage_lines(path: Path) -> None:
    path.write_text("\n".join(usage_lines()) + "\n")


def capped() -> dict[str, Any]:
    """Without versions and grants, which spend caps, corrections and packs that expire do not go together with yet."""
    found = deepcopy(EVERYTHING)
    del found["catalog"]["plans"]["pro"]["versions"]
    found["subscriptions"] = [row for row in found["subscriptions"] if row["action"] != "grant"]
    for candidate in found["candidates"]:
        candidate.pop("versions", None)
    return found


def versioned() -> dict[str, Any]:
    """Without spend caps, corrections and packs that expire."""
    found = deepcopy(EVERYTHING) | {"corrections": "reject"}
    for plan in found["catalog"]["plans"].values():
        plan.pop("spend_cap", None)
        for prices in plan["currency_prices"].values():
            prices.pop("spend_cap", None)
    del found["catalog"]["credit_packs"]["burst"]["expires_after_days"]
    return found
