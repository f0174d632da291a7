"""Flip points against a fine grid, joint samples against the ranges, and a tornado against two replays."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from commet_core.catalog.plans import Catalog
from commet_core.decide.flip_points import flip_points, flip_table
from commet_core.decide.robustness import SAMPLES, robustness, robustness_table, samples, sobol, tornado, tornado_table
from commet_core.decide.standing import Range, range_of_term, standing, usual_price_ranges
from commet_core.foundation.errors import InputError
from commet_core.foundation.hashes import splitmix64
from commet_core.reports.assumption_words import FlipsShort, flip_sentences, flips_short, robustness_sentence, tornado_bars
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

CATALOG = {
    "features": {"call": {}},
    "plans": {
        "flat": {"consumption_model": "metered", "prices": {"monthly": 16}, "features": {"call": {"unlimited": True}}},
        "high": {"consumption_model": "metered", "prices": {"monthly": 40}, "features": {"call": {"unlimited": True}}},
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 10},
            "included_credits": 100,
            "features": {"call": {"credits_per_unit": 1}},
        },
    },
    "credit_packs": {"pack": {"credits": 50, "price": 6}},
}
FLAT = {"name": "Flat", "plan": "flat"}
CREDITS = {"name": "Credits", "plan": "credits", "purchases": {"pack": "pack", "probability": "0.3"}}
BUYING = Range("pack_buying", Decimal(0), Decimal(1))


@pytest.fixture(scope="module")
def usage() -> Usage:
    """Forty customers with 24 to 336 calls a month, over three months."""
    rows = [
        (f"c{customer:02d}", datetime(2026, month, 1, tzinfo=UTC) + timedelta(days=9 * event), 8 * (1 + customer % 14))
        for customer in range(40)
        for month in (1, 2, 3)
        for event in range(3)
    ]
    ids, times, values = (list(column) for column in zip(*rows, strict=True))
    return Usage.from_events(ids, times, ["call"] * len(ids), values)


def scenario(*candidates: dict[str, Any], **stated: Any) -> Scenario:
    return Scenario.model_validate(
        {"catalog": CATALOG, "seed": 5, "rows": "aggregate", "candidates": list(candidates)} | stated
    )


class TestFlipPoints:
    def test_they_are_where_a_fine_grid_has_them(self, usage: Usage) -> None:
        compared = scenario(FLAT, CREDITS)
        leaders = [standing(compared, usage, {"pack_buying": Decimal(step) / 2000}).leader for step in range(2001)]
        changes = [Decimal(step) / 2000 for step in range(1, 2001) if leaders[step] != leaders[step - 1]]
        (flip,) = flip_points(compared, usage, [BUYING])
        assert len(changes) == 1
        assert flip.flips_at is not None
        assert abs(flip.flips_at - changes[0]) <= Decimal("0.0015")
        assert (flip.leader_below, flip.leader_above, flip.assumed, flip.rank) == ("Flat", "Credits", Decimal("0.3"), 1)

    def test_both_sides_of_what_is_told_lead_as_it_says(self, usage: Usage) -> None:
        compared = scenario(FLAT, CREDITS)
        (flip,) = flip_points(compared, usage, [BUYING])
        assert flip.flips_at is not None
        names = [candidate.name for candidate in compared.candidates]
        there = standing(compared, usage, {"pack_buying": flip.flips_at})
        before = standing(compared, usage, {"pack_buying": flip.flips_at - Decimal("0.001")})
        assert names[there.leader] == "Credits"
        assert names[before.leader] == "Flat"

    def test_from_above_the_value_beyond_the_flip_is_told(self, usage: Usage) -> None:
        above = scenario(FLAT, CREDITS | {"purchases": {"pack": "pack", "probability": 1}})
        (flip,) = flip_points(above, usage, [BUYING])
        assert flip.flips_at is not None
        assert standing(above, usage, {"pack_buying": flip.flips_at}).leader == 0
        assert flip_sentences([flip])[0].startswith("Buying packs: Credits leads above ")
        ((title, now, then),) = flips_short([flip]).rows
        assert (title, now) == ("Buying packs", "100 %")
        assert then.startswith("up to ")
        assert ": Flat" in then

    def test_where_nothing_flips_one_row_says_so(self, usage: Usage) -> None:
        (flip,) = flip_points(scenario(FLAT, CREDITS), usage, [Range("usage_response", Decimal("-0.1"), Decimal(0))])
        assert flip.flips_at is None
        assert flip.leader_below == flip.leader_above == "Flat"
        assert flip_table([flip])["flips_at"].to_pylist() == [None]
        assert flip_sentences([flip]) == ["Usage response: Flat leads at every value that was asked about."]
        assert flips_short([flip]) == FlipsShort((), ("Usage response",), unreacting=False)

    def test_the_nearest_to_today_comes_first(self, usage: Usage) -> None:
        table = flip_table(flip_points(scenario(FLAT, CREDITS), usage, [BUYING])).to_pylist()
        assert [row["rank"] for row in table] == list(range(1, len(table) + 1))

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            (Range("weather", Decimal(0), Decimal(1)), "weather: is no assumption. Known are usage_response, "),
            (Range("leaving.share", Decimal("0.2"), Decimal("0.2")), "leaving.share: the range from 0.2 to 0.2 has no width"),
            (Range("top_ups", Decimal(0), Decimal(1)), "top_ups: no candidate buys any"),
            (
                Range("leaving.share", Decimal(-1), Decimal(1)),
                "leaving.share: -1 is not between 0 and 1. Give a range such as 0:0.5",
            ),
        ],
    )
    def test_ranges_that_make_no_sense_are_said(self, usage: Usage, asked: Range, said: str) -> None:
        with pytest.raises(InputError) as raised:
            flip_points(scenario(FLAT, CREDITS), usage, [asked])
        assert str(raised.value).startswith(said)


class TestPrices:
    PATH = "plans.flat.prices.monthly"

    def test_a_price_flips_where_every_cent_of_a_grid_has_it(self, usage: Usage) -> None:
        compared = scenario(FLAT, CREDITS)
        asked = range_of_term(compared, self.PATH, Decimal(8), Decimal("16.01"))
        (flip,) = flip_points(compared, usage, [asked])
        cents = [Decimal(cents) / 100 for cents in range(800, 1602)]
        leading = [cent for cent in cents if standing(compared, usage, {self.PATH: cent}).leader == 0]
        assert (flip.leader_below, flip.leader_above, flip.assumed) == ("Credits", "Flat", Decimal(16))
        assert flip.flips_at == leading[0] - Decimal("0.01")
        assert leading == cents[cents.index(leading[0]) :]

    def test_it_moves_under_every_candidate_that_has_it_and_only_to_what_is_sold(self, usage: Usage) -> None:
        compared = scenario(FLAT, FLAT | {"name": "Again"}, CREDITS)
        (flip,) = flip_points(compared, usage, [range_of_term(compared, self.PATH, Decimal(8), Decimal(20), Decimal("0.5"))])
        plain = standing(compared, usage, {})
        for value in (Decimal("12.5"), Decimal(16)):
            totals = standing(compared, usage, {self.PATH: value}).totals
            assert totals[0] == totals[1] == plain.totals[0] * value / 16
            assert totals[2] == plain.totals[2]
        assert flip.flips_at is not None
        assert flip.flips_at % Decimal("0.5") == 0
        assert standing(compared, usage, {self.PATH: flip.flips_at}).leader == 2
        assert standing(compared, usage, {self.PATH: flip.flips_at + Decimal("0.5")}).leader == 0
        assert flip_sentences([flip])[0].startswith("The monthly price of flat under Flat and Again: Flat leads above $")

    def test_who_answers_to_prices_answers_to_these(self, usage: Usage) -> None:
        prices = {self.PATH: Decimal(40)}
        assumed = scenario(CREDITS, FLAT, assumptions={"leaving": {"rise": "20%", "share": 1}})
        left, stayed = (standing(each, usage, prices).totals[1] for each in (assumed, scenario(CREDITS, FLAT)))
        assert left < stayed
        flips = [
            flip_points(each, usage, [range_of_term(each, self.PATH, Decimal(8), Decimal(32))])
            for each in (assumed, scenario(CREDITS, FLAT))
        ]
        said = [
            flip_sentences(found)[-1] == "Nobody reacts to these prices: a higher one always brings in more." for found in flips
        ]
        assert said == [False, True]
        assert [flips_short(found).unreacting for found in flips] == said

    @pytest.mark.parametrize(
        ("path", "low", "high", "step"),
        [
            (PATH, "10", "40", "0.01"),
            ("plans.credits.included_credits", "10", "400", "1"),
            ("plans.credits.features.call.credits_per_unit", "0.5", "2.5", "0.001"),
        ],
    )
    def test_terms_move_in_steps_that_make_sense(self, path: str, low: str, high: str, step: str) -> None:
        found = range_of_term(scenario(FLAT, CREDITS), path, Decimal(low), Decimal(high))
        assert found.step == Decimal(step)

    def test_the_usual_prices_are_those_that_candidates_are_billed(self) -> None:
        again = CREDITS | {"name": "Again"}
        found = usual_price_ranges(scenario(FLAT, CREDITS, again))
        assert [(asked.name, asked.low, asked.high) for asked in found] == [
            (self.PATH, 8, 32),
            ("plans.credits.prices.monthly", 5, 20),
        ]

    def test_the_usual_prices_can_be_sold(self) -> None:
        odd = scenario(FLAT, CREDITS)
        plans = odd.catalog.document()["plans"]
        plans["flat"]["prices"]["monthly"] = "19.99"
        moved = odd.model_copy(update={"catalog": Catalog.model_validate(odd.catalog.document() | {"plans": plans})})
        asked = usual_price_ranges(moved)[0]
        assert (asked.low, asked.high) == (Decimal("10.00"), Decimal("39.98"))
        assert asked.at(Decimal("23.695")) in (Decimal("23.69"), Decimal("23.70"))

    def test_terms_that_are_not_there_or_not_sound_are_said_at_once(self, usage: Usage) -> None:
        compared = scenario(FLAT, CREDITS)
        asked = [Range("plans.flat.prices.weekly", Decimal(1), Decimal(2)), Range(self.PATH, Decimal(-3), Decimal(4))]
        with pytest.raises(InputError) as raised:
            flip_points(compared, usage, asked)
        said = str(raised.value)
        assert "term 'plans.flat.prices.weekly' does not exist. Did you mean plans.flat.prices.monthly" in said
        assert "-3 is negative" in said


class TestRobustness:
    def test_points_are_sobols_with_their_digits_shifted(self) -> None:
        plain, ours = qmc.Sobol(3, scramble=False).random_base2(8), sobol(8, 3, 77)
        for dimension in range(3):
            shift = int(splitmix64(np.uint64((77 * 0x9E3779B97F4A7C15 + dimension) % 2**64))) >> 32
            expected = [((int(point * 2**32) ^ shift) + 0.5) / 2**32 for point in plain[:, dimension]]
            assert ours[:, dimension].tolist() == expected
            # A shift of digits keeps one point in each 256th of every axis.
            assert sorted((ours[:, dimension] * 256).astype(int).tolist()) == list(range(256))

    def test_other_seeds_give_other_samples_within_the_ranges(self) -> None:
        ranges = [BUYING, Range("leaving.share", Decimal("0.1"), Decimal("0.3"))]
        one, other = samples(ranges, 1), samples(ranges, 2)
        assert one != other
        assert one == samples(ranges, 1)
        assert all(Decimal("0.1") <= values["leaving.share"] <= Decimal("0.3") for values in one)

    def test_leads_are_counted_over_every_sample(self, usage: Usage) -> None:
        compared = scenario(FLAT, CREDITS)
        found = robustness(compared, usage, [BUYING])
        leads = [standing(compared, usage, values).leader for values in samples([BUYING], 5)]
        assert found.leads == {"Flat": leads.count(0), "Credits": leads.count(1)}
        assert 0 < found.leads["Credits"] < SAMPLES
        assert sum(robustness_table(found)["leads_share"].to_pylist()) == 1
        assert not found.robust
        assert robustness_sentence(found).endswith("That is not robust.")

    def test_a_leader_everywhere_is_robust_unless_it_is_level(self, usage: Usage) -> None:
        dear = scenario({"name": "Dear", "plan": "high"}, CREDITS)
        found = robustness(dear, usage, [Range("leaving_refused.share", Decimal(0), Decimal("0.2"))])
        assert found.leads["Dear"] == SAMPLES
        assert not found.level
        assert found.robust
        twins = robustness(
            scenario(FLAT, FLAT | {"name": "Again"}), usage, [Range("leaving.share", Decimal(0), Decimal("0.2"))]
        )
        assert twins.level
        assert not twins.robust

    def test_more_than_ten_ranges_are_too_many(self, usage: Usage) -> None:
        with pytest.raises(InputError, match="11 ranges are given"):
            robustness(scenario(FLAT, CREDITS), usage, [BUYING] * 11)


def test_a_tornado_is_two_replays_for_each_assumption_the_widest_first(usage: Usage) -> None:
    compared = scenario(FLAT, CREDITS)
    ranges = [Range("leaving_refused.share", Decimal(0), Decimal("0.1")), BUYING]
    found = tornado(compared, usage, ranges)
    assert [row.assumption for row in found] == ["pack_buying", "leaving_refused.share"]
    for row in found:
        ends = [standing(compared, usage, {row.assumption: value}).totals for value in (row.low, row.high)]
        assert [row.result_low, row.result_high] == [flat - credits_ for flat, credits_ in ends]
    assert tornado_table(found, "usd")["result_low"][0].as_py() * 100 == found[0].result_low
    widest, last = tornado_bars(found, "usd")
    assert [end.rpartition(" at ")[2] for end in widest.ends] == ["100 %", "0 %"], "the least lead stands first"
    assert last.width > 0 or last.ends[0] == last.ends[1] == f"${found[1].result_low / 100:,.2f}"
