"""Requests to AI models in replays: what cannot be priced is said, and what serving them costs and earns, by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from commet_core.catalog.model_prices import list_version
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError
from commet_core.reports.margin import customer_margins, feature_margins, margins
from commet_core.reports.statement import ledger_columns_unused, ledger_table, statement_of
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.portal import portal
from commet_core.scenario.markets import of_one_currency
from commet_core.scenario.scenario import Scenario
from commet_core.usage.tokens import EventTokens
from commet_core.usage.usage import Usage

APRIL = {"start": "2026-04-01", "end": "2026-05-01"}
OWN = {"house/large": {"input": 3, "output": 15, "cache_read": "0.3", "cache_write": "3.75"}}
BY_UNITS = {"chat": {"unit_price": 1}, "call": {"unit_price": 1}}
CHATS = {"feature": "chat", "consumption_model": "balance", "base_price": 5, "pricing": "ai_model"}
LARGE = EventTokens("large", 1000, 500)
"""0.0030 + 0.0075 = 0.0105; with 20 % 0.0126."""

Row = tuple[str, str, str, Any, EventTokens | None]


def usage_of(rows: Sequence[Row]) -> Usage:
    customers, times, features, values, tokens = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(
        customers, [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in times], features, values, tokens=tokens
    )


def replayed(plan: Mapping[str, Any], used: Sequence[Row], **more: Any) -> Replay:
    """One plan named `pro` over usage: rows of customer, time, feature, value and tokens. more: keys of catalog or scenario."""
    catalog = {"features": {"chat": {"unit": "request"}, "call": {"unit_cost": "0.5"}}, "models": OWN, "plans": {"pro": plan}}
    catalog |= {key: more.pop(key) for key in ("currency", "features", "models", "credit_packs", "addons") if key in more}
    candidate = {"name": "Pro", "plan": "pro", **more.pop("candidate", {})}
    scenario = {"catalog": catalog, "window": APRIL, "candidates": [candidate], **more}
    return replay(Scenario.model_validate(scenario), usage_of(used))


def balance(margin: Any = "0.2", **terms: Any) -> dict[str, Any]:
    features = {"chat": {"pricing": "ai_model", "margin": margin}, "call": {"unit_price": 1}}
    return {"consumption_model": "balance", "prices": {"monthly": 30}, "features": features} | terms


def metered(**features: Any) -> dict[str, Any]:
    return {"consumption_model": "metered", "prices": {"monthly": 30}, "features": features}


def problems(plan: Mapping[str, Any], used: Sequence[Row], **more: Any) -> list[str]:
    with pytest.raises(InputError) as raised:
        replayed(plan, used, **more)
    return [str(problem) for problem in raised.value.problems]


def chat(tokens: EventTokens | None = LARGE, day: int = 1, customer: str = "ana", value: Any = 1) -> Row:
    return customer, f"2026-04-{day:02}", "chat", value, tokens


ADD_IT = "Add it to `models:` of the catalog, with its input and output price per million tokens."


class TestWhatCannotBePriced:
    def test_requests_without_tokens_are_counted_by_feature(self) -> None:
        assert problems(balance(), [chat(), chat(None), chat(None, 2)]) == [
            (
                "candidate 'Pro', feature 'chat': 2 events have no model and tokens, by which the plan prices it. "
                "Give the usage's columns model, input_tokens and output_tokens, or chat a unit_price."
            )
        ]

    def test_a_usage_without_any_tokens_is_told_the_same(self) -> None:
        [problem] = problems(balance(), [chat(None)])
        assert problem.startswith("candidate 'Pro', feature 'chat': 1 event has no model and tokens")

    def test_models_without_a_price_are_named_all_at_once(self) -> None:
        rows = [chat(EventTokens("no such model", 1, 1)), chat(EventTokens("other", 1, 1)), chat(EventTokens("other", 1, 1))]
        assert problems(balance(), rows) == [
            (
                f"candidate 'Pro', model 'no such model': 1 event used it, and neither the catalog nor the public list has a price "
                f"for it. {ADD_IT}"
            ),
            (
                f"candidate 'Pro', model 'other': 2 events used it, and neither the catalog nor the public list has a price for it. "
                f"{ADD_IT}"
            ),
        ]

    def test_the_lists_dollars_are_no_price_in_another_currency(self) -> None:
        assert problems(balance(), [chat(EventTokens("gpt-4o", 1, 1))], currency="eur") == [
            (
                "candidate 'Pro', model 'gpt-4o': 1 event used it, and its price is known in US dollars only, and the catalog is in "
                f"EUR. {ADD_IT}"
            )
        ]

    def test_a_price_of_ones_own_is_one_in_any_currency(self) -> None:
        own = {"openai/gpt-4o": {"input": 3, "output": 15}}
        result = replayed(balance(), [chat(EventTokens("gpt-4o", 1000, 500))], currency="eur", models=own)
        assert result.table("periods")["balance_used"].to_pylist() == [Decimal("0.0126")]

    def test_what_is_not_in_the_window_is_no_problem(self) -> None:
        result = replayed(balance(), [chat(), ("ana", "2026-06-01", "chat", 1, None)])
        assert result.table("feature_periods")["served_events"].to_pylist() == [1]

    def test_where_no_plan_prices_them_tokens_may_be_missing_or_unknown(self) -> None:
        result = replayed(metered(chat={"unlimited": True}), [chat(None), chat(EventTokens("no such model", 1, 1))])
        assert result.events_in_window == 2

    @pytest.mark.parametrize(
        ("margin", "tokens", "where"),
        [
            (
                "0.2",
                EventTokens("large", 2**62, 0),
                "tokens: what customer 'ana' used of AI models costs more than can be held",
            ),
            (
                10**9,
                EventTokens("large", 10**13, 0),
                "candidate 'Pro': what one customer used of AI models costs, with the margin",
            ),
        ],
    )
    def test_costs_beyond_64_bits_are_an_error(self, margin: Any, tokens: EventTokens, where: str) -> None:
        [problem] = problems(balance(margin), [chat(tokens)])
        assert problem.startswith(where)

    def test_a_usage_may_cost_a_great_deal(self) -> None:
        """A million million tokens at 3 per million: 3,000,000, and 20 %."""
        result = replayed(balance(), [chat(EventTokens("large", 10**12, 0))])
        assert result.table("periods")["balance_used"].to_pylist() == [Decimal(3_600_000)]


class TestResults:
    def test_parts_of_a_usage_are_priced_as_the_whole(self) -> None:
        rows = [chat(day=day, customer=customer) for customer in ("ana", "bob", "cem") for day in (1, 2, 3)]
        whole = replayed(balance(), rows)
        parts = list(replay_pieces(whole.scenario, usage_of(rows), lambda part: part.table("periods"), events=1))
        assert len(parts) == 3
        assert pa.concat_tables(parts).to_pylist() == whole.table("periods").to_pylist()

    def test_customers_without_usage_of_their_own_change_no_price(self) -> None:
        start = {"customer_id": "aaa", "at": "2026-04-01", "action": "start"}
        result = replayed(balance(), [chat()], subscriptions=[start])
        used = dict(zip(*result.table("periods").select(["customer_id", "balance_used"]).to_pydict().values(), strict=True))
        assert used == {"aaa": 0, "ana": Decimal("0.0126")}

    @pytest.mark.parametrize(
        ("plan", "addons", "told"),
        [
            (balance(), {}, list_version()),
            (metered(chat={}), {}, None),
            (
                balance(
                    features=BY_UNITS,
                    versions=[{"from": "2026-04-20", "features": {"chat": {"pricing": "ai_model", "unit_price": None}}}],
                ),
                {},
                list_version(),
            ),
            (balance(features={"call": {"unit_price": 1}}), {"chats": CHATS}, list_version()),
        ],
        ids=["a plan", "none", "a later version", "an add-on"],
    )
    def test_the_summary_tells_the_price_list_where_it_counts(
        self, plan: dict[str, Any], addons: dict[str, Any], told: str | None
    ) -> None:
        result = replayed(plan, [chat()], addons=addons)
        report: Any = SimpleNamespace(
            rows_read=1, rows_used=1, duplicates=0, rows_rejected=0, rows_without_usage=0, rows_left_out=0
        )
        assert Outcome.of(result, report).summary["model_prices"] == told

    def test_tokens_are_part_of_what_a_usage_is(self) -> None:
        digests = {
            usage_of([chat(tokens)]).digest for tokens in (None, LARGE, LARGE._replace(model="small"), LARGE._replace(input=1))
        }
        assert len(digests) == 4


class TestMargins:
    @pytest.mark.parametrize(
        "plan",
        [
            balance(),
            metered(chat={"included": 10}, call={"included": 10}),
            {
                "consumption_model": "credits",
                "prices": {"monthly": 30},
                "included_credits": 10,
                "features": {"chat": {"credits_per_unit": 1}, "call": {"credits_per_unit": 1}},
            },
        ],
    )
    def test_serving_a_request_costs_what_its_tokens_do_in_every_model(self, plan: dict[str, Any]) -> None:
        """Two requests at 0.0105, without a margin, and three calls at 0.50."""
        rows = [chat(), chat(day=2), ("ana", "2026-04-03", "call", 3, None)]
        result = replayed(plan, rows)
        [margin] = margins(result)
        assert (margin.cost, margin.features_without_cost) == (Decimal("1.521"), ())
        costs = dict(
            zip(*feature_margins(result, result.runs[0]).table.select(["feature", "cost"]).to_pydict().values(), strict=True)
        )
        assert costs == {"call": Decimal("1.5"), "chat": Decimal("0.021")}
        assert customer_margins(result, result.runs[0])["cost"].to_pylist() == [Decimal("1.521")]

    def test_tokens_go_before_a_unit_cost(self) -> None:
        """Three requests at a unit cost of 2; one of them has tokens: 4 + 0.0105."""
        rows = [chat(), chat(None, value=2)]
        [margin] = margins(replayed(metered(chat={"included": 10}), rows, features={"chat": {"unit_cost": 2}}))
        assert margin.cost == Decimal("4.0105")

    def test_refused_requests_cost_nothing_and_would_have_earned_their_price(self) -> None:
        """0.02 of balance pays for the first at 0.0126; the second would have cost 0.0105."""
        result = replayed(balance(included_balance="0.02", block_on_exhaustion=True), [chat(), chat(day=2)])
        [margin] = margins(result)
        assert margin.cost == Decimal("0.0105")
        [refused] = margin.blocked
        assert (refused.units, refused.cost, refused.revenue) == (1, Decimal("0.0105"), Decimal("0.0126"))
        assert refused.margin == Decimal("0.0021")

    def test_a_refused_request_would_have_earned_the_margin_of_the_plan_that_the_customer_was_on(self) -> None:
        """Nothing is included: 0.0105 with 100 % on `max`, where the candidate's own plan takes 20 %."""
        blocking = {"included_balance": 0, "block_on_exhaustion": True}
        scenario = {
            "catalog": {
                "features": {"chat": {}, "call": {}},
                "models": OWN,
                "plans": {"pro": balance(**blocking), "max": balance(1, **blocking)},
            },
            "window": APRIL,
            "candidates": [{"name": "Pro", "plan": "pro"}],
            "subscriptions": [{"customer_id": "ana", "at": "2026-04-01", "action": "start", "plan": "max"}],
        }
        [margin] = margins(replay(Scenario.model_validate(scenario), usage_of([chat()])))
        assert [one.revenue for one in margin.blocked] == [Decimal("0.021")]

    def test_in_a_market_requests_cost_what_their_tokens_do_at_the_exchange_rate(self) -> None:
        """20 pesos pay for the first at 0.0126 × 1,100 = 13.86; it costs 0.0105 × 1,100 = 11.55, and the second would have, too."""
        priced = balance(included_balance=1, block_on_exhaustion=True, features={"chat": balance()["features"]["chat"]})
        regional = {"ars": {"prices": {"monthly": 9000}, "included_balance": "13.86"}}
        scenario = {
            "catalog": {
                "currencies": {"ars": {"exchange_rate": 1100}},
                "markets": {"argentina": {"currency": "ars"}},
                "features": {"chat": {}, "call": {}},
                "models": OWN,
                "plans": {"pro": priced | {"currency_prices": regional}},
            },
            "window": APRIL,
            "candidates": [{"name": "Pro", "plan": "pro", "market": "argentina"}],
        }
        alone = of_one_currency(Scenario.model_validate(scenario))
        [margin] = margins(replay(alone, usage_of([chat(), chat(day=2)])))
        assert (margin.cost, [(one.cost, one.revenue) for one in margin.blocked]) == (
            Decimal("11.55"),
            [(Decimal("11.55"), Decimal("13.86"))],
        )

    def test_of_a_total_served_in_part_that_part_of_its_tokens_counts(self) -> None:
        """Six of ten requests within the limit; 10,500 nanos × 1,000 in all."""
        rows = [chat(value=4), chat(day=2, value=10)]
        [margin] = margins(replayed(metered(chat={"included": 10}), rows, rows="aggregate"))
        assert margin.cost == Decimal("0.0105") + Decimal("0.0063")
        assert [one.cost for one in margin.blocked] == [Decimal("0.0042")]

    def test_a_request_whose_model_has_no_price_costs_its_unit(self) -> None:
        rows = [chat(), chat(EventTokens("no such model", 9, 9))]
        plan = metered(chat={"included": 10})
        [margin] = margins(replayed(plan, rows, features={"chat": {"unit_cost": 2}}))
        assert (margin.cost, margin.features_without_cost) == (Decimal("2.0105"), ())
        [margin] = margins(replayed(plan, rows))
        assert (margin.cost, margin.features_without_cost) == (Decimal("0.0105"), ("chat",))

    def test_a_base_price_is_shared_by_what_requests_and_units_cost_on_the_plan(self) -> None:
        """A request for 0.6 with 100 % on top is 1.2 of balance, three calls 3: 30 × 1.2 ÷ 4.2 of what was earned."""
        rows = [chat(EventTokens("large", 200_000, 0)), ("ana", "2026-04-01", "call", 3, None)]
        result = replayed(balance("1"), rows)
        found = feature_margins(result, result.runs[0])
        assert found.basis == "prices"
        assert dict(zip(*found.table.select(["feature", "earned"]).to_pydict().values(), strict=True)) == {
            "call": Decimal("21.428571429"),
            "chat": Decimal("8.571428571"),
        }

    def test_many_ledgers_are_as_good_as_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = [chat(day=day, customer=customer) for customer in ("ana", "bob", "cem") for day in (1, 2, 3)]
        plan = balance(included_balance="0.02", block_on_exhaustion=True)
        [whole] = margins(replayed(plan, rows))
        monkeypatch.setattr("commet_core.reports.margin.requests.EVENTS_PER_LEDGER", 1)
        [parts] = margins(replayed(plan, rows))
        assert parts == whole
        assert whole.cost == 3 * Decimal("0.0105")


class TestStatements:
    ROWS = (chat(), chat(None, customer="bob"), ("ana", "2026-04-02", "call", 1, None))

    def seen(self, plan: Mapping[str, Any], customer: str = "ana") -> Any:
        result = replayed(plan, self.ROWS)
        return statement_of(result, result.runs[0], customer)

    def test_the_ledger_shows_the_tokens(self) -> None:
        seen = self.seen(metered(chat={"unlimited": True}, call={"unlimited": True}))
        [first, second] = ledger_table(seen, np.arange(2)).to_pylist()
        keys = ("model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
        assert [first[key] for key in keys] == ["large", 1000, 500, 0, 0]
        assert [second[key] for key in keys] == [None] * 5
        assert {"cache_read_tokens", "cache_write_tokens"} <= ledger_columns_unused(seen)

    def test_a_customer_without_tokens_has_no_columns_for_them(self) -> None:
        seen = self.seen(metered(chat={"unlimited": True}, call={"unlimited": True}), "bob")
        assert "model" not in ledger_table(seen, np.arange(1)).column_names

    def test_the_price_is_explained(self) -> None:
        result = replayed(balance(), [chat()])
        reasons = [reason for reason in explanation(statement_of(result, result.runs[0], "ana")) if "11.1" in reason.rule]
        assert [reason.sentence for reason in reasons] == [
            (
                "chat costs the AI model price + 20 %: tokens × the model's price per million on the day, each kind of token and the "
                "margin rounded up to 0.0001."
            )
        ]

    def test_the_portal_knows_no_unit_price_of_it(self) -> None:
        result = replayed(balance(), [chat()])
        seen = portal(statement_of(result, result.runs[0], "ana"), datetime(2026, 4, 20, tzinfo=UTC))
        states = {state.code: (state.unit_price, state.margin, state.left) for state in seen.features}
        assert states["chat"] == (None, Decimal("0.2"), None)
        assert states["call"] == (1, None, 29)
