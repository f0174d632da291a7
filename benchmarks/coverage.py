"""How often the 90 % intervals of decisions.md 1 hold, where the truth is known.

    python -m benchmarks.coverage [--tries N]

Of nine large populations of customers' differences, samples of 25 to 800 are drawn; an interval holds where the population's mean,
times the sample's size, lies in it. A row per population, a column per size; below them the mean and the least. The aim: between
88 and 96 % on average, nowhere less than 70 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np

from commet_core.decide.uncertainty import Uncertainty

SIZES = (25, 50, 200, 800)
POPULATION = 200_000
TRIES = 300


def populations(size: int = POPULATION) -> Mapping[str, np.ndarray]:
    """int64 minor units, by name: even ones and heavy tails, on one side and on both, many zeros and many ties."""
    made = np.random.default_rng(11)
    lognormal = (made.lognormal(3, 1.5, size) * 100).astype(np.int64)
    steep = (made.lognormal(3, 2.0, size) * 100).astype(np.int64)
    sides = np.sign(made.random(size) - 0.4)
    return {
        "even": made.normal(1000, 5000, size).astype(np.int64),
        "exponential": (made.exponential(20, size) * 100).astype(np.int64),
        "lognormal 1.5": lognormal,
        "lognormal 2.0": steep,
        "lognormal on both sides": (sides * lognormal).astype(np.int64),
        "Pareto 1.6 on both sides": (sides * (made.pareto(1.6, size) + 1) * 500).astype(np.int64),
        "Pareto 2.5 on one side": ((made.pareto(2.5, size) + 1) * 500).astype(np.int64),
        "many zeros": np.where(made.random(size) < 0.8, 0, lognormal),
        "many ties": np.where(made.random(size) < 0.7, -2000, lognormal),
    }


def held_share(population: np.ndarray, size: int, tries: int, made: np.random.Generator) -> float:
    """The share of samples whose interval holds the truth, of those that have an interval."""
    held = given = 0
    for _ in range(tries):
        sample = population[made.integers(0, len(population), size)]
        hashes = made.integers(0, 2**64, size, np.uint64)
        interval = Uncertainty(hashes, np.stack([np.zeros(size, np.int64), sample])).interval(1)
        given += interval.given
        held += interval.given and interval.low <= population.mean() * size <= interval.high
    return held / given if given else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=TRIES)
    tries = parser.parse_args().tries
    made, rows = np.random.default_rng(12), []
    print(f"{'population':26}" + "".join(f"{size:>8}" for size in SIZES))
    for name, population in populations().items():
        rows.append([held_share(population, size, tries, made) for size in SIZES])
        print(f"{name:26}" + "".join(f"{share:8.1%}" for share in rows[-1]))
    table = np.array(rows)
    print(f"{'mean':26}" + "".join(f"{share:8.1%}" for share in table.mean(axis=0)) + f"   in all {table.mean():.1%}")
    print(f"{'least':26}" + "".join(f"{share:8.1%}" for share in table.min(axis=0)) + f"   in all {table.min():.1%}")


if __name__ == "__main__":
    main()
