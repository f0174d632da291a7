"""The engine equals the oracle where all rules meet: seats, quota, add-ons, offers, codes, credits, adjustments, grants, versions, markets."""

import pytest
from hypothesis import given
from oracle import simulate as simulate_in_oracle
from support.cases import simulate_in_engine
from support.equality import assert_equal
from support.mixed_draws import mixed_simulations
from support.simulations import PROFILE, Simulation

from commet_core.foundation.errors import InputError


@PROFILE
@given(mixed_simulations())
def test_the_engine_equals_the_oracle_on_all_rules_at_once(simulation: Simulation) -> None:
    """Whose actions are impossible is left out of all candidates; where nobody is left it is an error."""
    expected = simulate_in_oracle(*simulation)
    if expected["customers"]:
        assert_equal(expected, simulate_in_engine(*simulation))
    else:
        with pytest.raises(InputError):
            simulate_in_engine(*simulation)
