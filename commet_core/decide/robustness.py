"""Robustness (decisions.md 4.4): who leads when several assumptions vary together, and which one matters most.

256 joint samples of the ranges, unscrambled Sobol points with a digital shift from the seed, each replayed. How often a candidate leads
is a share of the box, and no probability. The tornado moves one assumption at a time, two replays each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import pyarrow as pa

from commet_core.decide.standing import STEP, Range, Standing, check_ranges, is_level, of_replay, standing
from commet_core.engine.plain_runs import KeptRuns
from commet_core.engine.replay import replay
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.errors import InputError
from commet_core.foundation.hashes import splitmix64
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.foundation.progress import Progress, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

SAMPLES_LOG: Final = 8
SAMPLES: Final = 2**SAMPLES_LOG
ROBUST_FROM: Final = 244
"""Of 256 samples, those in which a candidate has to lead to be called robust."""

RANGES_MAX: Final = 10
BITS: Final = 32


@dataclass(frozen=True)
class Robustness:
    """How often each candidate leads. leads: samples, by name; leader: today's; robust: it leads nearly everywhere, and is not level."""

    leads: dict[str, int]
    leader: str
    level: bool

    @property
    def robust(self) -> bool:
        return self.leads[self.leader] >= ROBUST_FROM and not self.level


@dataclass(frozen=True)
class Tornado:
    """What one assumption does to the lead of today's leader over the best of the others: minor units at the ends of its range."""

    assumption: str
    low: Decimal
    high: Decimal
    result_low: int
    result_high: int

    @property
    def swing(self) -> int:
        return abs(self.result_high - self.result_low)


def sobol(count_log: int, dimensions: int, seed: int) -> np.ndarray:
    """float64 in 0 … 1, 2**count_log × dimensions: Sobol points, their digits shifted by a hash of (seed, dimension)."""
    from scipy.stats import qmc  # noqa: PLC0415  # half a second to import

    points = qmc.Sobol(dimensions, scramble=False).random_base2(count_log)
    digits = np.floor(points * 2.0**BITS).astype(np.uint64)
    shifts = [
        int(splitmix64(np.uint64((seed * 0x9E3779B97F4A7C15 + place) % 2**64))) >> (64 - BITS) for place in range(dimensions)
    ]
    return ((digits ^ np.array(shifts, np.uint64)).astype(float) + 0.5) * 2.0**-BITS


def samples(ranges: Sequence[Range], seed: int) -> list[dict[str, Decimal]]:
    """The joint samples: values by the names of the assumptions."""
    points = sobol(SAMPLES_LOG, len(ranges), seed)
    return [
        {
            asked.name: (asked.low + (asked.high - asked.low) * Decimal(float(share))).quantize(STEP)
            for asked, share in zip(ranges, point, strict=True)
        }
        for point in points
    ]


def robustness(scenario: Scenario, usage: Usage, ranges: Sequence[Range], progress: Progress | None = None) -> Robustness:
    """Replays every joint sample. Raises InputError for ranges that make none, or more than ten."""
    check_ranges(scenario, list(ranges))
    if not 0 < len(ranges) <= RANGES_MAX:
        raise InputError.of("assumptions", f"{len(ranges)} ranges are given", f"Give 1 to {RANGES_MAX}")
    tell, names = progress or unheard, [candidate.name for candidate in scenario.candidates]
    kept = KeptRuns()
    now = replay(scenario, usage, kept=kept)
    leads = dict.fromkeys(names, 0)
    for done, values in enumerate(samples(ranges, scenario.seed), 1):
        leads[names[standing(scenario, usage, values, kept).leader]] += 1
        tell(done / SAMPLES, f"Replaying assumptions: {done} of {SAMPLES}")
    return Robustness(leads, names[of_replay(now).leader], is_level(now))


def tornado(scenario: Scenario, usage: Usage, ranges: Sequence[Range]) -> list[Tornado]:
    """One assumption at a time, the one with the largest swing first. Empty of one candidate."""
    check_ranges(scenario, list(ranges))
    if len(scenario.candidates) == 1:
        return []
    kept = KeptRuns()
    leader = standing(scenario, usage, {}, kept).leader

    def lead(found: Standing) -> int:
        return found.totals[leader] - max(total for place, total in enumerate(found.totals) if place != leader)

    rows = []
    for asked in ranges:
        ends = [lead(standing(scenario, usage, {asked.name: value}, kept)) for value in (asked.low, asked.high)]
        rows.append(Tornado(asked.name, asked.low, asked.high, *ends))
    return sorted(rows, key=lambda row: -row.swing)


def robustness_table(found: Robustness) -> pa.Table:
    """The table `robustness` of interfaces.md."""
    shares = [count / SAMPLES for count in found.leads.values()]
    return pa.table({"candidate": pa.array(list(found.leads), pa.string()), "leads_share": pa.array(shares, pa.float64())})


def tornado_table(found: Sequence[Tornado], currency: str) -> pa.Table:
    """The table `tornado` of interfaces.md: results are the lead of today's leader over the best of the others."""
    number, kind = pa.decimal128(24, MICRO_DECIMALS), amount_type(currency)
    return pa.table(
        {
            "assumption": pa.array([row.assumption for row in found], pa.string()),
            "low": pa.array([row.low.quantize(STEP) for row in found], number),
            "high": pa.array([row.high.quantize(STEP) for row in found], number),
            "result_low": decimals(np.array([row.result_low for row in found], np.int64), kind),
            "result_high": decimals(np.array([row.result_high for row in found], np.int64), kind),
        }
    )
