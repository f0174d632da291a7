"""The history that a forecast is drawn from: usage up to an origin, and what each customer did step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from commet_core.decide.forecast.steps import Steps
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days
from commet_core.foundation.derived import cached_property
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.window import events_within
from commet_core.usage.tokens import Tokens
from commet_core.usage.usage import Usage


@dataclass(frozen=True, eq=False)
class History:
    """Usage from a window's start to an origin.

    scenario  its window ends at the origin
    usage     of customers who are seen before the origin, cut there
    steps     the whole steps up to the origin
    """

    scenario: Scenario
    usage: Usage
    steps: Steps

    @classmethod
    def of(cls, scenario: Scenario, usage: Usage, steps: Steps) -> History:
        """The scenario has a window, which begins with the history."""
        assert scenario.window is not None
        window = Window(start=scenario.window.start, end=steps.date(steps.origin))
        return cls(scenario.model_copy(update={"window": window}), cut_usage(usage, window, scenario.catalog.days), steps)

    def up_to(self, origin: int) -> History:
        """What was known at an earlier origin: neither usage nor actions nor levels after it."""
        steps = self.steps.up_to(origin)
        end = steps.date(origin).isoformat()
        known = self.scenario.with_customer_rows(row for row in self.scenario.customer_rows if row.at[:10] < end)
        return History.of(known, self.usage, steps)

    @cached_property
    def events(self) -> np.ndarray:
        """int64 [customer, step]: events in each whole step."""
        return self._sums[0]

    @cached_property
    def units(self) -> np.ndarray:
        """float64 [customer, step, feature]: units asked for in each whole step."""
        return self._sums[1]

    @cached_property
    def active(self) -> np.ndarray:
        """bool [customer, step]: uses something."""
        return self.events > 0

    @cached_property
    def firsts(self) -> np.ndarray:
        """int64, one per customer: the step of its first event, 0 where that lies in the first whole step or before."""
        steps = self.steps.of_days(self.steps.calendar.of(self.first_times)) - self.steps.first
        return np.maximum(steps, 0)

    @cached_property
    def first_times(self) -> np.ndarray:
        """int64 microseconds of each customer's first event."""
        return self.usage.times[self.usage.offsets[:-1]]

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        usage, count = self.usage, self.steps.count
        events = np.zeros((usage.customer_count, count), np.int64)
        units = np.zeros((usage.customer_count, count, len(usage.features)))
        _step_sums(usage.offsets, usage.times, usage.feature_indexes, usage.values, self.steps.edges, events, units)
        return events, units


def cut_usage(usage: Usage, window: Window, days: Days) -> Usage:
    """The events inside a window, of customers who have any; the usage itself where that is all."""
    start, end = window.span(days)
    if usage.event_count and usage.times.min() >= start and usage.times.max() < end and (np.diff(usage.offsets) > 0).all():
        return usage
    firsts, lasts = events_within(usage, window, days)
    counts = lasts - firsts
    customers = np.flatnonzero(counts > 0)
    offsets = np.concatenate([[0], np.cumsum(counts[customers])])
    events = np.repeat(firsts[customers] - offsets[:-1], counts[customers]) + np.arange(offsets[-1])
    return replace(
        usage,
        customers=usage.customers.take(pa.array(customers)),
        offsets=offsets,
        times=usage.times[events],
        feature_indexes=usage.feature_indexes[events],
        values=usage.values[events],
        tokens=tokens_of(usage.tokens, events),
        _derived={},
    )


def tokens_of(tokens: Tokens | None, events: np.ndarray) -> Tokens | None:
    """The tokens of some events, in any order and as often as they are named."""
    return None if tokens is None else tokens.slice(events)


@compiled
def _step_sums(offsets, times, features, values, edges, events, units):  # type: ignore[no-untyped-def]
    for customer in range(len(offsets) - 1):
        step = 0
        for event in range(offsets[customer], offsets[customer + 1]):
            if times[event] < edges[0]:
                continue
            while step < len(edges) - 1 and times[event] >= edges[step + 1]:
                step += 1
            if step == len(edges) - 1:
                break
            events[customer, step] += 1
            units[customer, step, features[event]] += values[event] / 1e6
