"""Alerts told from sums and purchases are those of a replay that keeps each event's outcome (billing-rules 15.5)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.cases import replay_in_engine
from support.simulations import MODELS, PROFILE, Simulation, simulations
from support.timelines import simulations_over_time, simulations_with_versions

from commet_core.engine import alerts
from commet_core.foundation.errors import InputError

OVER_TIME = st.sampled_from(MODELS).flatmap(simulations_over_time)
CHANGING_INSIDE_PERIODS = st.sampled_from(MODELS).flatmap(simulations_with_versions)


@PROFILE
@given(simulations(MODELS) | OVER_TIME | CHANGING_INSIDE_PERIODS)
def test_sums_tell_the_alerts_of_the_events(simulation: Simulation) -> None:
    try:
        runs = replay_in_engine(*simulation).runs
    except InputError:
        return
    for run in runs:
        np.testing.assert_array_equal(alerts.crossed_by_usage(run), alerts.crossed_by_usage(run, with_ledger=True))
