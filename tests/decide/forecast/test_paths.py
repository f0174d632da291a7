"""Paths: what a possible future may hold, that it is the same however it is drawn, and one drawn again by plain Python."""

from functools import cache

import numpy as np
import pytest
from oracle import futures

from commet_core.decide.forecast import paths
from commet_core.decide.forecast.adjustments import Adjustments, Leaving
from commet_core.decide.forecast.growth import DAMPING
from commet_core.decide.forecast.hashing import GROWTH, key_of, normal
from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.parts import Parts, adjusted, estimate_parts
from commet_core.decide.forecast.paths import NEWCOMER, Drawing, Piece
from commet_core.decide.forecast.replayed import Replaying
from commet_core.decide.forecast.steps import MONTH_DAYS, steps_between
from commet_core.decide.forecast.totals import StepTotals
from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICROS
from commet_core.foundation.progress import unheard
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

STEPS = 3


def scenario(**more: object) -> Scenario:
    window = {"start": "2026-01-01", "end": "2026-05-01"}
    return catalog_presets()["sample_ai_images"].scenario(window=window, **more)


@cache
def usage() -> Usage:
    return Usage.from_table(generate("ai_images", 40, 4, 3))


def history(**more: object) -> History:
    made = scenario(**more)
    assert made.window is not None
    return History.of(made, usage(), steps_between(made.window.start, made.window.end, "month"))


@cache
def parts() -> Parts:
    return estimate_parts(history())


def drawing(changes: Adjustments | None = None, steps: int = STEPS) -> Drawing:
    return Drawing(adjusted(parts(), changes or Adjustments()), steps, 7)


def whole(made: Drawing) -> Piece:
    return Piece(made, 0, made.parts.history.usage.customer_count)


def by_customer(made: Usage) -> dict[str, tuple[list[int], list[int], list[int]]]:
    """Each customer's times, features and values."""
    columns = made.times, made.feature_indexes, made.values
    bounds = zip(made.offsets[:-1].tolist(), made.offsets[1:].tolist(), strict=True)
    return {
        name: tuple(column[first:last].tolist() for column in columns)  # type: ignore[misc]
        for name, (first, last) in zip(made.customers.to_pylist(), bounds, strict=True)
    }


def origin() -> int:
    return int(parts().history.steps.edges[-1])


@pytest.mark.parametrize("path", [0, 5, 999])
def test_the_history_stands_as_it_was_and_nothing_lies_outside_the_horizon(path: int) -> None:
    before, after = by_customer(usage()), by_customer(whole(drawing()).path(path))
    end = int(drawing().ahead(path).end)
    for name, (times, features, values) in after.items():
        assert times == sorted(times)
        assert all(time < end for time in times)
        count = len(before[name][0]) if name in before else 0
        if name in before:
            assert (times[:count], features[:count], values[:count]) == before[name]
        assert all(time >= origin() for time in times[count:])
        assert all(value % MICROS == 0 for value, feature in zip(values, features, strict=True) if feature < 2)
    assert sum(name.startswith(NEWCOMER) for name in after) == len(after) - len(before)


def test_nobody_uses_what_they_never_could() -> None:
    before = by_customer(usage())
    newcomers = drawing().newcomers(4)
    donors = dict(zip(newcomers.names, usage().customers.take(newcomers.donors).to_pylist(), strict=True))
    after = by_customer(whole(drawing()).path(4))
    assert donors
    for name, (_, features, values) in after.items():
        like = before[donors.get(name, name)]
        assert set(features) <= set(like[1])
        assert set(zip(features, values, strict=True)) <= set(zip(like[1], like[2], strict=True))


def test_hours_and_weekdays_are_those_of_history() -> None:
    """Every event of the future has the minute of the week of one of the same customer's past."""
    week = 7 * DAY
    before = by_customer(usage())
    for name, (times, _, _) in by_customer(whole(drawing()).path(2)).items():
        if name in before:
            assert {time % week for time in times} <= {time % week for time in before[name][0]}
    newcomers = drawing(Adjustments(arrivals=20)).newcomers(2)
    lives = by_customer(whole(drawing(Adjustments(arrivals=20))).path(2))
    for name, donor in zip(newcomers.names, usage().customers.take(newcomers.donors).to_pylist(), strict=True):
        assert {time % week for time in lives[name][0]} <= {time % week for time in before[donor][0]}
    made = whole(drawing()).path(2)
    hours = [
        np.bincount(times // (DAY // 24) % 24, minlength=24) for times in (usage().times, made.times[made.times >= origin()])
    ]
    shares = [counts / counts.sum() for counts in hours]
    assert np.abs(shares[0] - shares[1]).sum() / 2 < 0.06


def test_a_path_is_the_same_in_parts_of_customers() -> None:
    made = drawing()
    count = usage().customer_count
    together: dict[str, tuple[list[int], list[int], list[int]]] = {}
    for first, last in ((0, 5), (5, 6), (6, count)):
        together |= by_customer(Piece(made, first, last).path(8))
    assert together == by_customer(whole(made).path(8))


def test_a_path_is_the_same_alone_and_among_many() -> None:
    replaying = Replaying(drawing())
    many = replaying.totals(range(6), unheard)
    alone = Replaying(drawing(), events_per_piece=500).totals(range(4, 5), unheard)
    assert equal(many[4], alone[0])
    assert not equal(many[4], many[3])


def equal(one: StepTotals, other: StepTotals) -> bool:
    return all((mine == theirs).all() for mine, theirs in zip(one, other, strict=True))


def test_a_longer_horizon_begins_like_a_shorter_one() -> None:
    short, long = (by_customer(whole(drawing(steps=steps)).path(1)) for steps in (1, 3))
    end = int(drawing(steps=1).ahead(1).end)
    for name, (times, features, values) in short.items():
        count = sum(time < end for time in long[name][0])
        assert (times, features, values) == tuple(column[:count] for column in long[name])


def test_one_customer_drawn_again_by_plain_python() -> None:
    made, path = drawing(Adjustments(without=frozenset({"arrivals"}))), 11
    ahead, of_parts = made.ahead(path), made.parts
    result = by_customer(whole(made).path(path))
    drawn = normal(key_of(made.path_key(path), GROWTH, 0))
    hashes = usage().customer_hashes(7)
    for customer, name in enumerate(usage().customers.to_pylist()):
        key = futures.child(made.path_key(path), 0, int(hashes[customer]))
        states, blocks = of_parts.states, of_parts.blocks
        state = (states.active[customer], states.silent_for[customer], states.ages[customer], bool(of_parts.large[customer]))
        here = futures.presence(key, STEPS, state, of_parts.activity.silent.tolist(), of_parts.activity.returning.tolist())
        own = futures.normal(futures.child(key, futures.SLOPE, 0))
        slopes = [
            of_parts.growth.slopes[customer, feature]
            + of_parts.growth.shares[customer, feature] * of_parts.growth.error[feature] * drawn
            + of_parts.growth.slope_errors[customer, feature] * own
            for feature in range(3)
        ]
        slopes = [min(max(slope, -0.25), 0.25) for slope in slopes]
        first = int(usage().offsets[customer])
        last = int(usage().offsets[customer + 1])
        columns = (usage().times, usage().feature_indexes, usage().values)
        events = list(zip(*(column[first:last].tolist() for column in columns), strict=True))
        entries = [
            (
                int(blocks.numbers[customer, entry]),
                int(blocks.firsts[customer, entry]) - first,
                int(blocks.lasts[customer, entry]) - first,
            )
            for entry in range(blocks.counts[customer])
        ]
        expected = futures.future(key, events, entries, here, slopes, ahead.edges.tolist(), 7 * DAY, MONTH_DAYS)
        assert list(zip(*result[name], strict=True)) == events + expected
    assert DAMPING == 0.9


def test_totals_are_scaled_and_stay_whole() -> None:
    made = Drawing(estimate_parts(history(rows="aggregate")), STEPS, 7)
    before = by_customer(usage())
    for name, (times, features, values) in by_customer(whole(made).path(0)).items():
        assert all(value > 0 for value in values)
        assert all(value % MICROS == 0 for value, feature in zip(values, features, strict=True) if feature < 2)
        if name in before:  # nothing is repeated: at most as many totals a week as the fullest had
            weeks = np.bincount([(time - origin()) // (7 * DAY) for time in times if time >= origin()], minlength=1)
            past = np.bincount([(origin() - 1 - time) // (7 * DAY) for time in before[name][0]], minlength=1)
            assert weeks.max() <= past.max()


def test_more_fall_silent_where_more_are_to() -> None:
    """Nested: who is silent at 10 % is silent at 30 %."""
    few, many = (
        {
            name
            for name, (times, _, _) in by_customer(whole(drawing(Adjustments(silent_share=share))).path(3)).items()
            if times[-1] >= origin()
        }
        for share in (0.1, 0.3)
    )
    assert many < few


def test_nobody_comes_and_nobody_leaves_where_that_is_switched_off() -> None:
    made = drawing(Adjustments(without=frozenset({"arrivals", "activity", "growth"})))
    after = by_customer(whole(made).path(0))
    assert set(after) == set(by_customer(usage()))
    active = parts().history.active[:, -1]
    for place, name in enumerate(usage().customers.to_pylist()):
        assert bool(active[place]) or not any(time >= origin() for time in after[name][0])


def test_those_who_leave_in_a_month_are_gone_for_good() -> None:
    everybody = Adjustments(leaving=(Leaving(month="2026-06-01", share=1),), without=frozenset({"arrivals"}))
    edges = drawing().ahead(0).edges
    times = whole(drawing(everybody)).path(0).times
    assert ((times >= edges[0]) & (times < edges[1])).any()
    assert not (times >= edges[1]).any()


def test_the_largest_customer_leaves() -> None:
    made = drawing(Adjustments(largest_leaves="2026-05-01"))
    name = usage().customers[made.parts.largest].as_py()
    before, after = by_customer(whole(drawing()).path(0)), by_customer(whole(made).path(0))
    assert after[name][0] == by_customer(usage())[name][0]
    assert {other: events for other, events in after.items() if other != name} == {
        other: events for other, events in before.items() if other != name
    }


def test_so_many_come_as_are_asked_for() -> None:
    made = drawing(Adjustments(arrivals=10))
    counts = [len(made.newcomers(path).donors) for path in range(200)]
    assert abs(np.mean(counts) - 30) < 4 * np.sqrt(30 / 200)
    more = drawing(Adjustments(arrivals=10, more_arrivals=5))
    assert abs(np.mean([len(more.newcomers(path).donors) for path in range(200)]) - 45) < 4 * np.sqrt(45 / 200)


def test_newcomers_do_not_leave_with_those_who_are_there_today() -> None:
    changes = Adjustments(arrivals=10, leaving=(Leaving(month="2026-05-01", share=1),))
    made = by_customer(whole(drawing(changes, steps=8)).path(0))
    usual = by_customer(whole(drawing(Adjustments(arrivals=10), steps=8)).path(0))
    newcomers = {name for name in made if name.startswith(NEWCOMER)}
    assert newcomers
    assert all(made[name] == usual[name] for name in newcomers)
    assert all(made[name] == events for name, events in by_customer(usage()).items())


def test_a_path_is_the_same_whether_there_is_room_for_it_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    roomy = by_customer(whole(drawing()).path(3))
    monkeypatch.setattr(paths, "ROOM", 0)
    monkeypatch.setattr(paths, "ROOM_LEAST", 1)
    assert by_customer(whole(drawing()).path(3)) == roomy
