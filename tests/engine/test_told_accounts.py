"""Earned and outstanding in the reporting currency (billing-rules 13, 15.6): what holds in the customers' currency holds there too."""

from hypothesis import assume, given
from oracle import simulate as simulate_in_oracle
from support.cases import replay_in_engine
from support.market_draws import simulations_in_markets
from support.simulations import LAWS_PROFILE, Simulation

from commet_core.engine.month_accounts import month_accounts
from commet_core.engine.told import told_accounts, told_customers
from commet_core.foundation.money import minor_nanos


@LAWS_PROFILE
@given(simulations_in_markets())
def test_billed_is_earned_and_the_change_in_outstanding_in_the_reporting_currency(simulation: Simulation) -> None:
    assume(simulate_in_oracle(*simulation)["customers"])
    found = replay_in_engine(*simulation)
    for run in (run for runs in found.runs_by_candidate() for run in runs):
        kept = told_accounts(run)
        assert kept.billed.tolist() == (kept.earned + kept.closing - kept.opening).tolist()
        assert run.by_customer(kept.billed).tolist() == (told_customers(run) * minor_nanos(found.currency)).tolist()
        months = month_accounts(found.scenario, run).amounts
        assert (sum(months["billed"]), sum(months["earned"])) == (kept.billed.sum(), kept.earned.sum())
