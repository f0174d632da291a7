"""A customer's future, slowly: written from decisions.md 3.2 alone, in Python's own integers and floats.

Hashes are splitmix64 of a key and of what it is asked for, as `decide.forecast.hashing` says.
"""

from __future__ import annotations

from math import cos, exp, log, pi, sqrt

ACTIVE, LEAVES, SLOPE, BLOCK, EVENT = 1, 2, 3, 4, 5
_ALL = 2**64 - 1


def mixed(number: int) -> int:
    number = (number + 0x9E3779B97F4A7C15) & _ALL
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _ALL
    return number ^ (number >> 31)


def child(key: int, kind: int, number: int) -> int:
    salted = key ^ mixed(kind * 0xD1B54A32D192ED03 & _ALL)
    return mixed((salted + number * 0x9E3779B97F4A7C15) & _ALL)


def uniform(key: int) -> float:
    return ((key >> 11) + 0.5) / 2**53


def normal(key: int) -> float:
    return sqrt(-2 * log(uniform(key))) * cos(2 * pi * uniform(mixed(key)))


def presence(
    key: int, steps: int, state: tuple[bool, int, int, bool], silent: list[list[float]], returning: list[float]
) -> list[bool]:
    """In which steps ahead a customer is active. state: active, silent steps, steps since the first use, large."""
    active, silent_for, age, large = state
    here = []
    for step in range(steps):
        chance = uniform(child(key, ACTIVE, step))
        if active:
            group = 0 if age <= 0 else 1 if age <= 2 else 2
            active = not chance < silent[group][large]
        else:
            active = chance >= 1 - returning[min(max(silent_for, 1), 3) - 1]
        silent_for = 0 if active else silent_for + 1
        age += 1
        here.append(active)
    return here


def future(
    key: int,
    events: list[tuple[int, int, int]],
    blocks: list[tuple[int, int, int]],
    here: list[bool],
    slopes: list[float],
    edges: list[int],
    block_micros: int,
    step_days: float,
) -> list[tuple[int, int, int]]:
    """Events after the origin: (time, feature, value). blocks: (number back, first event, event after the last); rows are events."""
    origin, end = edges[0], edges[-1]
    days = block_micros / 86_400_000_000
    made = []
    block = 0
    while origin + block * block_micros < end:
        number, first, last = blocks[int(uniform(child(key, BLOCK, block)) * len(blocks))]
        ahead = (block + 0.5) * days / step_days
        months = (number + 0.5) * days / step_days + 0.9 * (1 - 0.9**ahead) / 0.1
        for event in range(first, last):
            time, feature, value = events[event]
            time += (block + number + 1) * block_micros
            step = max(place for place, edge in enumerate(edges) if edge <= time)
            if time >= end or not here[step]:
                continue
            factor = min(max(exp(slopes[feature] * months), 1 / 8), 8)
            chance = uniform(child(child(key, EVENT, block), EVENT, event))
            copies = int(factor) + (chance < factor - int(factor))
            made += [(time, feature, value)] * copies
        block += 1
    return made
