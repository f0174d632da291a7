"""The engine equals the oracle on add-ons too: on all models, activated and ended at any time, and on timelines."""

from hypothesis import given
from hypothesis import strategies as st
from support.add_on_draws import simulations_with_add_ons
from support.equality import check_engine
from support.simulations import MODELS, PROFILE, Simulation

ANY_MODEL = st.sampled_from(MODELS).flatmap(simulations_with_add_ons)


@PROFILE
@given(ANY_MODEL)
def test_the_engine_equals_the_oracle_on_add_ons(simulation: Simulation) -> None:
    check_engine(simulation)
