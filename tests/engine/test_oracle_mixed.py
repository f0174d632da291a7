"""The engine equals the oracle where all rules meet: seats, quota, add-ons, offers, codes, credits, adjustments, grants, versions, markets."""

from hypothesis import given
from support.equality import check_engine
from support.mixed_draws import lending_simulations, mixed_simulations
from support.simulations import PROFILE, Simulation


@PROFILE
@given(mixed_simulations())
def test_the_engine_equals_the_oracle_on_all_rules_at_once(simulation: Simulation) -> None:
    """Whose actions are impossible is left out of all candidates; where nobody is left it is an error."""
    check_engine(simulation)


@PROFILE
@given(lending_simulations())
def test_the_engine_equals_the_oracle_on_plans_that_are_lent(simulation: Simulation) -> None:
    check_engine(simulation)
