"""Terms that few plans have, in a design: taken up, changed and given up."""

from datetime import date

from commet_core.catalog.plans import Catalog
from commet_core.scenario.drafts import Design, with_model
from commet_core.scenario.drafts.free import with_new_free_plan
from commet_core.scenario.drafts.more_terms import STARTS, terms_for, with_commitment_per, with_term

TODAY = date(2026, 5, 20)

DOCUMENT = {
    "currency": "usd",
    "features": {"image": {}},
    "plans": {
        "pro": {
            "name": "Pro",
            "consumption_model": "credits",
            "prices": {"monthly": "10"},
            "included_credits": "100",
            "features": {"image": {"credits_per_unit": "1"}},
        }
    },
}


def design() -> Design:
    return Design(document=DOCUMENT)


def test_a_plan_takes_a_term_up_as_it_begins_and_gives_it_up_again() -> None:
    for term in terms_for(DOCUMENT["plans"]["pro"]):  # type: ignore[index]
        taken = with_term(design(), "pro", term, TODAY, on=True)
        assert term == "versions" or taken.value(("plans", "pro", term)) == STARTS[term]
        Catalog.model_validate(taken.document)
        assert with_term(taken, "pro", term, TODAY, on=False).document == DOCUMENT


def test_a_commitment_is_for_an_interval_or_a_term_of_months() -> None:
    for_a_term = with_commitment_per(with_term(design(), "pro", "minimum_commitment", TODAY, on=True), "pro", "term")
    assert for_a_term.value(("plans", "pro", "minimum_commitment")) == {"amount": "100", "per": "term", "term_months": "12"}
    again = with_commitment_per(for_a_term, "pro", "interval")
    assert again.value(("plans", "pro", "minimum_commitment")) == {"amount": "100", "per": "interval"}


def test_only_what_grants_something_rolls_over_and_nobody_commits_to_a_free_plan() -> None:
    rolling = with_term(with_term(design(), "pro", "rollover", TODAY, on=True), "pro", "minimum_commitment", TODAY, on=True)
    metered = with_model(rolling, "pro", "metered")
    assert terms_for(metered.group("plans")["pro"]) == ("versions", "minimum_commitment", "spend_cap", "billing_day")
    assert metered.value(("plans", "pro", "rollover")) is None
    free, code = with_new_free_plan(rolling, "pro")
    assert terms_for(free.group("plans")[code]) == ("rollover", "spend_cap", "billing_day")
    Catalog.model_validate(free.document)
