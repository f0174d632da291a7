"""Plans of one feature, `call`, and the replay of one of them over a few rows of usage."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SPRING = {"start": "2026-04-01", "end": "2026-07-01"}
Row = dict[str, Any]


def replayed(plan: Mapping[str, Any], usage: Sequence[tuple[str, str, str, Any]], **extra: Any) -> Replay:
    """One plan named `pro` over rows of customer, time, feature and value. extra: packs, currency, candidate, window."""
    catalog = {
        "currency": extra.get("currency", "usd"),
        "features": {feature: {} for _, _, feature, _ in usage},
        "plans": {"pro": plan},
        "credit_packs": extra.get("packs", {}),
    }
    candidate = {"name": "Pro", "plan": "pro", **extra.get("candidate", {})}
    scenario = {"catalog": catalog, "window": extra.get("window", SPRING), "candidates": [candidate]}
    customers, times, features, values = zip(*usage, strict=True)
    moments = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    return replay(Scenario.model_validate(scenario), Usage.from_events(customers, moments, features, values))


def plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"


def metered(**prices: str) -> Row:
    call = {"included": 10, "overage": {"unit_price": "0.333"}}
    return {"consumption_model": "metered", "prices": prices, "features": {"call": call}}


def credits_plan(included: int = 0, **prices: str) -> Row:
    features = {"call": {"credits_per_unit": 1}}
    return {"consumption_model": "credits", "prices": prices, "included_credits": included, "features": features}


def balance_plan(**terms: Any) -> Row:
    return {"consumption_model": "balance", "prices": {"monthly": 10}, "features": {"call": {"unit_price": 1}}, **terms}


PLANS = st.sampled_from(["metered", "credits", "balance"])
PRICES = st.decimals("0", "200", places=3)


@st.composite
def studies(draw: st.DrawFn) -> tuple[Replay, dict[str, Decimal], Decimal]:
    model = draw(PLANS)
    interval = draw(st.sampled_from(["weekly", "monthly", "quarterly", "yearly", "one_time"]))
    prices = {interval: str(draw(PRICES))}
    sizes = {f"pack{number}": Decimal(draw(st.integers(1, 4))) for number in range(2)}
    packs = {code: {"credits": str(size), "price": str(draw(PRICES) + 1)} for code, size in sizes.items()}
    top_up = draw(st.decimals("1", "9", places=2))
    purchases = {"pack": draw(st.sampled_from(["none", "smallest_sufficient", *packs]))}
    plan, candidate = {
        "metered": (metered(**prices), {}),
        "credits": (credits_plan(3, **prices), {"purchases": purchases}),
        "balance": (
            balance_plan(prices=prices, included_balance="3.5", block_on_exhaustion=draw(st.booleans())),
            {"top_up": {"amount": str(top_up)}},
        ),
    }[model]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = draw(st.lists(st.tuples(st.integers(0, 150 * 1440), st.integers(1, 3)), min_size=1, max_size=12))
    usage = [
        (f"c{minute % 2}", (start + timedelta(minutes=minute)).isoformat(), "call", f"{value}.25") for minute, value in minutes
    ]
    window = {"start": "2026-01-01", "end": str(draw(st.dates(date(2026, 6, 1), date(2026, 8, 1))))}
    return replayed(plan, usage, packs=packs, candidate=candidate, window=window), sizes, top_up
