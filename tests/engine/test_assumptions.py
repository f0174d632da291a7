"""Assumptions about people act on usage and subscriptions before the replay, by a hash of (seed, customer)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import Sums, replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.engine.usage_response import responding
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import ColumnMapping, FileReport, IngestReport
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA
from commet_core.usage.usage import Usage

CUSTOMERS = 60
MASK = 2**64 - 1
CATALOG = {
    "features": {"call": {}},
    "plans": {
        "now": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 100, "overage": {"unit_price": "0.1"}}},
        },
        "dear": {
            "consumption_model": "metered",
            "prices": {"monthly": 10},
            "features": {"call": {"included": 0, "overage": {"unit_price": "0.2"}}},
        },
        "small": {"consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"included": 100}}},
        "yearly": {
            "consumption_model": "metered",
            "prices": {"yearly": 60},
            "features": {"call": {"included": 0, "overage": {"unit_price": "0.3"}}},
        },
        "quarter": {
            "consumption_model": "metered",
            "prices": {"quarterly": 30},
            "features": {"call": {"included": 0, "overage": {"unit_price": "0.3"}}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 100,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "nothing": {"consumption_model": "metered", "features": {"call": {"unlimited": True}}},
    },
    "credit_packs": {"pack": {"credits": 50, "price": 4}},
}
NOW, DEAR, SMALL = ({"name": name.capitalize(), "plan": name} for name in ("now", "dear", "small"))


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Sixty customers with 20 to 315 calls a month for four months, one at a time."""
    rows = []
    for customer in range(CUSTOMERS):
        for month in range(1, 5):
            for event in range(4):
                at = datetime(2026, month, 1, tzinfo=UTC) + timedelta(days=6 * event, hours=customer % 24)
                rows.append((f"c{customer:02d}", at, 5 + (5 * customer) // 4))
    ids, times, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(ids, times, ["call"] * len(ids), values)


def replayed(usage: Usage, assumptions: dict[str, Any] | None, *candidates: dict[str, Any], **stated: Any) -> Replay:
    content = {
        "catalog": CATALOG,
        "seed": 3,
        "window": {"start": "2026-01-01", "end": "2026-05-01"},
        "candidates": list(candidates),
    }
    return replay(
        Scenario.model_validate(content | stated | ({} if assumptions is None else {"assumptions": assumptions})), usage
    )


def splitmix64(number: int) -> int:
    mixed = (number + 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def share_of(hashed: int) -> Decimal:
    """Where a hash lies between 0 and 1, by its first 32 bits."""
    return Decimal(hashed >> 32) / Decimal(2**32)


NONE = [None, {}, {"usage_response": 0}, {"leaving": {"rise": "5%", "share": 0}}, {"leaving_refused": {"refused": "1%"}}]


@pytest.mark.parametrize("assumptions", NONE[1:])
def test_a_scenario_that_assumes_nothing_is_the_plain_replay_to_the_last_digit(
    usage: Usage, assumptions: dict[str, Any]
) -> None:
    plain, assumed = (replayed(usage, each, NOW, DEAR, SMALL) for each in (None, assumptions))
    for name in TABLES:
        assert assumed.table(name).equals(plain.table(name)), name


class TestUsageResponse:
    def test_a_factor_is_the_ratio_of_the_bills_to_the_power_of_the_elasticity(self, usage: Usage) -> None:
        plain = replayed(usage, None, NOW, DEAR)
        answered = replayed(usage, {"usage_response": "-0.5"}, NOW, DEAR)
        before, after = plain.runs[1].usage, answered.runs[1].usage
        hashes = usage.customer_hashes(3).tolist()
        for customer in range(CUSTOMERS):
            ratio = int(plain.runs[1].customer_billed[customer]) / int(plain.runs[0].customer_billed[customer])
            factor = Decimal(round(min(4, max(0.25, ratio**-0.5)) * 10**6)) / 10**6
            times = before.times[before.offsets[customer] : before.offsets[customer + 1]].tolist()
            expected = Counter()
            for place, at in enumerate(times):
                drawn = share_of(splitmix64(hashes[customer] ^ splitmix64(place ^ 0xA24BAED4963EE407)))
                kept = int(factor) + (drawn < factor % 1)
                expected[at] += kept or (place == 0)
            own = after.times[after.offsets[customer] : after.offsets[customer + 1]].tolist()
            assert Counter(own) == +expected

    def test_the_baseline_and_those_who_pay_the_same_answer_nothing(self, usage: Usage) -> None:
        answered = replayed(usage, {"usage_response": "-1"}, NOW, {"name": "Again", "plan": "now"})
        assert answered.runs[0].usage is usage
        assert answered.runs[1].usage is usage

    def test_who_pays_nothing_today_has_a_factor_of_one_and_is_counted(self, usage: Usage) -> None:
        nothing = {"name": "Nothing", "plan": "nothing"}
        answered = replayed(usage, {"usage_response": "-1"}, nothing, NOW)
        assert answered.effects[1].without_bill == CUSTOMERS
        assert answered.runs[1].customer_billed.tolist() == replayed(usage, None, nothing, NOW).runs[1].customer_billed.tolist()

    def test_what_is_kept_at_a_smaller_factor_is_kept_at_a_larger(self, usage: Usage) -> None:
        hashes, everybody = usage.customer_hashes(3), np.arange(CUSTOMERS)
        seen: list[set[tuple[int, int]]] = []
        for factor in (300_000, 600_000, 900_000):
            own = responding(usage, everybody, np.full(CUSTOMERS, factor), hashes, totals=False)
            ids = np.repeat(everybody, np.diff(own.offsets))
            seen.append(set(zip(ids.tolist(), own.times.tolist(), strict=True)))
        assert seen[0] < seen[1] < seen[2]

    def test_totals_are_scaled_and_whole_where_all_values_are(self) -> None:
        at = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]
        totals = Usage.from_events(["a", "a", "b", "b"], at, ["call"] * 4, [3, 5, Decimal("1.5"), 2])
        own = responding(totals, np.arange(2), np.array([500_000, 333_333]), totals.customer_hashes(1), totals=True)
        assert own.values.tolist() == [2_000_000, 3_000_000, 500_000, 666_666]
        assert own.offsets.tolist() == totals.offsets.tolist()


class TestLeaving:
    def test_who_leaves_is_who_pays_more_and_is_in_the_share(self, usage: Usage) -> None:
        plain = replayed(usage, None, NOW, DEAR)
        found = replayed(usage, {"leaving": {"rise": "50%", "share": "40%"}}, NOW, DEAR)
        hashes, left = usage.customer_hashes(3).tolist(), set()
        bills = {name: {} for name in ("Now", "Dear")}
        for row in plain.table("periods").to_pylist():
            bills[row["candidate"]][row["customer_id"], row["period_index"]] = row["billed"]
        for customer in range(CUSTOMERS):
            own = [(bills["Now"][f"c{customer:02d}", period], bills["Dear"][f"c{customer:02d}", period]) for period in range(4)]
            rises = any(dear > now * Decimal("1.5") for now, dear in own[:3])
            if rises and share_of(splitmix64(hashes[customer] ^ 0x9FB21C651E98DF25)) < Decimal("0.4"):
                left.add(f"c{customer:02d}")
        gone = {row["customer_id"] for row in found.table("periods").to_pylist() if row["state"] == "canceled"}
        assert 5 < len(left) < CUSTOMERS / 2
        assert gone == left
        assert found.effects[1].left_dearer == len(left)
        assert found.effects[0].left_dearer == 0

    def test_they_leave_at_the_end_of_the_first_period_and_use_nothing_afterwards(self, usage: Usage) -> None:
        found = replayed(usage, {"leaving": {"rise": 0, "share": 1}}, NOW, DEAR)
        rows = [row for row in found.table("periods").to_pylist() if row["candidate"] == "Dear" and row["customer_id"] == "c59"]
        assert [(row["state"], str(row["period_start"].date())) for row in rows] == [
            ("active", "2026-01-01"),
            ("canceled", "2026-02-01"),
        ]
        assert rows[1]["events"] == 0
        assert found.totals[1].events < found.totals[0].events

    def test_a_paid_quarter_is_stayed_for(self, usage: Usage) -> None:
        quarter = {"name": "Quarter", "plan": "quarter"}
        found = replayed(usage, {"leaving": {"rise": 0, "share": 1}}, NOW, quarter)
        rows = [
            row for row in found.table("periods").to_pylist() if row["candidate"] == "Quarter" and row["customer_id"] == "c59"
        ]
        assert [row["state"] for row in rows] == ["active", "active", "active", "canceled"]
        assert [row["events"] for row in rows] == [4, 4, 4, 0]

    def test_a_yearly_price_has_no_renewal_in_the_window(self, usage: Usage) -> None:
        yearly = {"name": "Yearly", "plan": "yearly"}
        assert replayed(usage, {"leaving": {"rise": 0, "share": 1}}, NOW, yearly).effects[1].left_dearer == 0

    def test_who_leaves_at_ten_percent_leaves_at_twenty(self, usage: Usage) -> None:
        gone = []
        for share in ("10%", "20%", "60%"):
            found = replayed(usage, {"leaving": {"rise": 0, "share": share}}, NOW, DEAR)
            gone.append({row["customer_id"] for row in found.table("periods").to_pylist() if row["state"] == "canceled"})
        assert gone[0] < gone[1] < gone[2]

    def test_the_refused_leave_under_the_baseline_too(self, usage: Usage) -> None:
        found = replayed(usage, {"leaving_refused": {"refused": "20%", "share": 1}}, SMALL, NOW)
        refused = {
            row["customer_id"]
            for row in replayed(usage, None, SMALL, NOW).table("customers").to_pylist()
            if row["blocked_events"]
        }
        gone = {row["customer_id"] for row in found.table("periods").to_pylist() if row["state"] == "canceled"}
        assert gone == refused
        assert found.effects[0].left_refused == len(refused) > 5
        assert found.effects[1].left_refused == 0

    def test_rows_of_the_time_after_leaving_are_not_followed(self, usage: Usage) -> None:
        rows = [
            {"customer_id": "c59", "at": f"2026-0{month}-10", "action": action}
            for month, action in ((2, "pause"), (3, "resume"))
        ]
        found = replayed(usage, {"leaving": {"rise": 0, "share": 1}}, NOW, DEAR, subscriptions=rows)
        assert found.problems == ()
        states = [
            row["state"]
            for row in found.table("periods").to_pylist()
            if (row["candidate"], row["customer_id"]) == ("Dear", "c59")
        ]
        assert states == ["active", "canceled"]

    def test_who_cancels_of_its_own_accord_is_no_trouble(self, usage: Usage) -> None:
        rows = [{"customer_id": "c59", "at": "2026-01-20", "action": "cancel", "when": "period_end"}]
        found = replayed(usage, {"leaving": {"rise": 0, "share": 1}}, NOW, DEAR, subscriptions=rows)
        assert len(found.runs[1].timeline.customers) == CUSTOMERS


class TestBuyers:
    def test_an_assumed_share_of_buyers_takes_the_place_of_the_candidates_own(self, usage: Usage) -> None:
        rule = {"pack": "pack", "probability": "0.1"}
        own, said = (
            {"name": "Credits", "plan": "credits", "purchases": rule | {"probability": share}} for share in ("0.1", "0.7")
        )
        assumed = replayed(usage, {"pack_buying": "70%"}, NOW, own)
        assert assumed.table("customers").equals(replayed(usage, None, NOW, said).table("customers"))
        assert not assumed.table("customers").equals(replayed(usage, None, NOW, own).table("customers"))

    def test_who_never_buys_does_not_begin_to(self, usage: Usage) -> None:
        never = {"name": "Credits", "plan": "credits"}
        assert (
            replayed(usage, {"pack_buying": 1}, NOW, never).totals[1].billed_minor
            == replayed(usage, None, NOW, never).totals[1].billed_minor
        )


def test_in_pieces_people_do_the_same(usage: Usage) -> None:
    assumptions = {"usage_response": "-0.4", "leaving": {"rise": "20%", "share": "50%"}, "leaving_refused": {"share": "30%"}}
    whole = replayed(usage, assumptions, NOW, DEAR, SMALL)
    bills = CustomerBills.joined(list(replay_pieces(whole.scenario, usage, CustomerBills.of, 100)))
    assert bills.billed.tolist() == CustomerBills.of(whole).billed.tolist()
    assert bills.billed.tolist() != CustomerBills.of(replayed(usage, None, NOW, DEAR, SMALL)).billed.tolist()


@pytest.mark.parametrize(
    ("assumptions", "said"),
    [
        ({"leaving": {"share": "120%"}}, "assumptions.leaving.share: 1.2 is not between 0 and 1"),
        ({"leaving": {"share": "many"}}, "assumptions.leaving.share: 'many' is not a number"),
        ({"usage_response": -9}, "assumptions.usage_response: -9 is not between -5 and 5"),
        ({"leave": 1}, "assumptions.leave: is not a known key. Did you mean leaving?"),
    ],
)
def test_what_makes_no_sense_is_said(usage: Usage, assumptions: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        replayed(usage, assumptions, NOW)
    assert said in str(raised.value)


@pytest.mark.parametrize("assumed", [{"leaving": {"rise": "20%", "share": "80%"}}, {"usage_response": "-0.5"}])
def test_a_result_counts_the_rows_of_the_file_whatever_is_assumed(usage: Usage, assumed: dict[str, Any]) -> None:
    """Of the candidate that is listed first too, whose usage is another."""
    after = replayed(usage, assumed, DEAR, NOW, baseline="Now")
    rows = usage.event_count
    read = FileReport(
        "usage.csv", ColumnMapping(), rows_read=rows, rows_used=rows, rows_rejected=0, duplicates=0, rejected_rows=""
    )
    outcome = Outcome.of(after, IngestReport((read,), (), (), REJECT_SCHEMA.empty_table()), Sums.of(after))
    assert after.totals[0].events != rows
    assert (outcome.events_in_window, outcome.events_outside, after.events_in_window) == (rows, 0, rows)
