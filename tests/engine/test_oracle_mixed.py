"""The engine equals the oracle where all rules meet: seats, quota, add-ons, offers, codes, credits, adjustments, grants, versions, markets."""

import pytest
from hypothesis import given
from oracle import simulate as simulate_in_oracle
from support.cases import Tables, simulate_in_engine
from support.equality import assert_equal
from support.mixed_draws import lending_simulations, mixed_simulations
from support.simulations import PROFILE, Simulation

from commet_core.foundation.errors import InputError


def one_reason(tables: Tables) -> Tables:
    """Without the reason of features that a change of terms in the course of a period refuses for two."""
    return {**tables, "feature_periods": [{**row, "blocked_reason": None} for row in tables["feature_periods"]]}


def assert_equal_but_for_reasons(expected: Tables, simulation: Simulation) -> None:
    assert_equal(one_reason(expected), one_reason(simulate_in_engine(*simulation)))


@PROFILE
@given(mixed_simulations())
def test_the_engine_equals_the_oracle_on_all_rules_at_once(simulation: Simulation) -> None:
    """Whose actions are impossible is left out of all candidates; where nobody is left it is an error."""
    expected = simulate_in_oracle(*simulation)
    if expected["customers"]:
        assert_equal_but_for_reasons(expected, simulation)
    else:
        with pytest.raises(InputError):
            simulate_in_engine(*simulation)


@PROFILE
@given(lending_simulations())
def test_the_engine_equals_the_oracle_on_plans_that_are_lent(simulation: Simulation) -> None:
    assert_equal_but_for_reasons(simulate_in_oracle(*simulation), simulation)
