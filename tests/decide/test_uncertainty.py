"""Intervals over draws: equal to plain Python, whatever the order of customers, and true about as often as they say."""

from math import exp, factorial, floor, isqrt, log

import numpy as np
import pytest

from commet_core.decide import draws as draws_module
from commet_core.decide.tails import tail_of
from commet_core.decide.uncertainty import Uncertainty
from commet_core.foundation.hashes import splitmix64

MASK = 2**64 - 1


def hashes(count: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64)


def skewed(count: int, seed: int = 1) -> np.ndarray:
    made = np.random.default_rng(seed)
    return np.stack([np.full(count, 2000), (made.lognormal(3, 1.4, count) * 100).astype(np.int64)]).astype(np.int64)


def plain_splitmix64(number: int) -> int:
    mixed = (number + 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def plain_poisson(uniform: int) -> int:
    number, below = 0, exp(-1)
    while uniform >= int(below * 2**64):
        number += 1
        below += exp(-1) / factorial(number)
    return number


def plain_tail(z: list[float]) -> tuple[float, float, float]:
    """Threshold, shape and scale as decisions.md 1.1 has them."""
    sizes = sorted((abs(one) for one in z), reverse=True)
    n, nz = len(z), sum(one != 0 for one in z)
    k = min(max(8, floor(min(n / 10, isqrt(9 * n // 4)))), nz - 1)
    u = sizes[k]
    beyond = [one for one in sizes if one > u]
    m = len(beyond)
    h = sum(log(one / u) for one in beyond) / m
    y = sorted(one - u for one in beyond)
    a0 = sum(y) / m
    a1 = sum(one * (1 - (i - 0.35) / m) for i, one in enumerate(y, 1)) / m
    g = min(max(2 - a0 / (a0 - 2 * a1), -0.5), 1.5)
    xi = min(max((m * (h + g) / 2 + 5.6) / (m + 8), 0.05), 0.8)
    return u, xi, 1.25 * a0 * (1 - xi)


def plain_draws(differences: list[int], customer_hashes: list[int], count: int) -> list[float]:
    ordered = sorted(differences)
    n = len(ordered)
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    z = [one - median for one in differences]
    u, xi, beta = plain_tail(z)
    limit = 50 * max(abs(one) for one in z)
    results = []
    for draw in range(count):
        salt = plain_splitmix64(draw)
        total = weight = 0
        for one, own, hashed in zip(differences, z, customer_hashes, strict=True):
            times = plain_poisson(plain_splitmix64(hashed ^ salt))
            weight += times
            paid = one
            if abs(own) > u:
                v = ((plain_splitmix64(hashed ^ salt ^ 0xD1B54A32D192ED03) >> 11) + 0.5) * 2**-53
                fitted = min(u + beta / xi * (v**-xi - 1), limit)
                paid = floor(median + (1 if own > 0 else -1) * fitted + 0.5)
            total += times * paid
        results.append(n * total / weight)
    return results


class TestDraws:
    def test_the_hash_is_splitmix64(self) -> None:
        assert [int(splitmix64(np.uint64(number))) for number in (0, 1, MASK)] == [plain_splitmix64(n) for n in (0, 1, MASK)]

    @pytest.mark.parametrize("count", [23, 60, 301])
    def test_they_equal_plain_python(self, count: int) -> None:
        amounts, own = skewed(count), hashes(count)
        ours = Uncertainty(own, amounts, draws=40)._differences(1, 0)
        plain = plain_draws((amounts[1] - amounts[0]).tolist(), own.tolist(), 40)
        assert ours.tolist() == pytest.approx(plain, rel=1e-12)

    def test_the_order_of_customers_changes_nothing(self) -> None:
        amounts, own = skewed(400), hashes(400)
        order = np.random.default_rng(5).permutation(400)
        one, other = Uncertainty(own, amounts), Uncertainty(own[order], amounts[:, order])
        assert one.interval(1) == other.interval(1)
        assert one.leads_shares.tolist() == other.leads_shares.tolist()

    def test_neither_does_the_number_of_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        amounts, own = skewed(400), hashes(400)
        intervals = []
        for workers in (1, 3):
            monkeypatch.setattr(draws_module, "worker_count", lambda workers=workers: workers)
            intervals.append(Uncertainty(own, amounts).interval(1))
        assert intervals[0] == intervals[1]

    def test_groups_of_customers_say_about_the_same_as_customers_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        amounts, own = skewed(12_000), hashes(12_000)
        grouped = Uncertainty(own, amounts).interval(1)
        for module in ("draws", "uncertainty"):
            monkeypatch.setattr(f"commet_core.decide.{module}.SINGLES_MAX", 20_000)
        alone = Uncertainty(own, amounts).interval(1)
        assert grouped != alone
        assert (grouped.high - grouped.low) / (alone.high - alone.low) == pytest.approx(1, abs=0.25)


class TestIntervals:
    def test_one_holds_the_difference(self) -> None:
        interval = Uncertainty(hashes(200), skewed(200)).interval(1)
        assert interval.low <= interval.difference <= interval.high
        assert interval.given

    @pytest.mark.parametrize(
        ("amounts", "said"),
        [
            (np.zeros((2, 0), np.int64), "too few customers for a range: 0"),
            (np.array([[1] * 19, range(19)]), "too few customers for a range: 19"),
            (np.array([[1] * 50, [3] * 50]), "every customer differs by the same amount"),
            (np.array([[0] * 50, [0] * 46 + [5] * 4]), "too few customers differ from the rest for a range: 4"),
        ],
    )
    def test_refusals_say_why(self, amounts: np.ndarray, said: str) -> None:
        interval = Uncertainty(hashes(amounts.shape[1]), amounts.astype(np.int64)).interval(1)
        assert interval.refused.startswith(said)
        assert not interval.excludes_zero

    def test_five_who_differ_are_enough(self) -> None:
        amounts = np.array([[0] * 50, [0] * 45 + [5, 6, 7, 8, 9]])
        assert Uncertainty(hashes(50), amounts).interval(1).given

    def test_intervals_that_hold_together_are_wider(self) -> None:
        made = np.random.default_rng(2)
        amounts = np.concatenate([skewed(300), (made.lognormal(3, 1.4, (5, 300)) * 100).astype(np.int64)])
        uncertainty = Uncertainty(hashes(300), amounts)
        for place, together in uncertainty.simultaneous(range(1, 7)).items():
            alone = uncertainty.interval(place)
            assert together.low <= alone.low <= alone.high <= together.high
        assert any(uncertainty.interval(place) != held for place, held in uncertainty.simultaneous(range(1, 7)).items())

    def test_a_dominating_customer_is_named_and_no_reason_to_withhold(self) -> None:
        amounts = skewed(100)
        amounts[1, 17] = 10**9
        uncertainty = Uncertainty(hashes(100), amounts)
        found = uncertainty.dominant(1)
        assert found is not None
        assert found[0] == 17
        assert found[1] > 0.99
        assert uncertainty.dominant(0, 1) == found
        assert uncertainty.interval(1).given

    def test_customers_who_are_alike_make_nothing_of_it_alone(self) -> None:
        assert Uncertainty(hashes(100), np.stack([np.zeros(100, np.int64), np.arange(100)])).dominant(1) is None


class TestWhoLeads:
    def test_ties_go_to_the_baseline(self) -> None:
        amounts = np.stack([skewed(50)[1]] * 3)
        uncertainty = Uncertainty(hashes(50), amounts, baseline=2)
        assert uncertainty.leads_shares.tolist() == [0, 0, 1]
        assert uncertainty.beats_shares.tolist() == [0, 0, 0]
        assert uncertainty.order == [2, 0, 1]
        assert not uncertainty.leads

    def test_a_clear_leader_leads(self) -> None:
        amounts = np.stack([np.arange(100), np.arange(100) * 3 + 50]).astype(np.int64)
        uncertainty = Uncertainty(hashes(100), amounts)
        assert uncertainty.leads
        assert uncertainty.leads_shares.tolist() == [0, 1]

    def test_level_candidates_lead_nobody(self) -> None:
        made = np.random.default_rng(8)
        amounts = made.integers(0, 10_000, (2, 60))
        assert not Uncertainty(hashes(60), amounts).leads


def populations() -> dict[str, np.ndarray]:
    made, size = np.random.default_rng(11), 100_000
    lognormal = (made.lognormal(3, 1.5, size) * 100).astype(np.int64)
    heavy = (np.sign(made.random(size) - 0.4) * (made.pareto(1.6, size) + 1) * 500).astype(np.int64)
    return {
        "lognormal": lognormal,
        "heavy on both sides": heavy,
        "many zeros": np.where(made.random(size) < 0.8, 0, lognormal),
        "many ties": np.where(made.random(size) < 0.7, -2000, lognormal),
        "even": made.normal(1000, 5000, size).astype(np.int64),
    }


def test_intervals_hold_about_as_often_as_they_say() -> None:
    made, tries, held = np.random.default_rng(12), 60, {}
    for name, population in populations().items():
        for count in (25, 200):
            hits = given = 0
            for _ in range(tries):
                sample = population[made.integers(0, len(population), count)]
                own = made.integers(0, 2**64, count, np.uint64)
                interval = Uncertainty(own, np.stack([np.zeros(count, np.int64), sample]), draws=400).interval(1)
                given += interval.given
                hits += interval.given and interval.low <= population.mean() * count <= interval.high
            held[name, count] = hits / given
    assert min(held.values()) >= 0.7, held
    assert 0.88 <= np.mean(list(held.values())) <= 0.97, held


def test_a_tail_takes_no_customer_at_the_threshold() -> None:
    differences = np.array([0] * 40 + [100] * 20 + [500, 600, 700, 800])
    tail = tail_of(differences)
    assert tail.threshold == 100
    assert sorted(tail.values.tolist()) == [500, 600, 700, 800]


def test_two_beyond_the_threshold_are_no_tail() -> None:
    assert len(tail_of(np.array([0] * 40 + [100] * 20 + [500, 600])).members) == 0
