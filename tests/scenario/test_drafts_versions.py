"""Prices that change in a design: from when the term is chosen, and the three ways to introduce them (billing-rules 8.7)."""

from datetime import date

import pytest

from commet_core.foundation.errors import InputError
from commet_core.scenario.drafts import Design, with_candidate_value
from commet_core.scenario.drafts.adoption import adopters_of, day_of, newest_version, with_adopters, with_version_day
from commet_core.scenario.drafts.more_terms import next_month, terms_for, with_term
from commet_core.scenario.drafts.price_rises import usual_day, with_price_rise, with_three_ways

PLAN = {"consumption_model": "metered", "prices": {"monthly": "40", "yearly": "400"}, "features": {}}
OTHER = {"consumption_model": "metered", "prices": {"monthly": "10"}, "features": {}}


def design() -> Design:
    rows = ({"name": "Pro", "plan": "pro", "interval": "monthly"}, {"name": "Other", "plan": "other"})
    return Design({"currency": "usd", "plans": {"pro": PLAN, "other": OTHER, "free": {**PLAN, "prices": {}}}}, rows)


def test_a_plan_with_prices_may_change_them_next_month() -> None:
    assert "versions" in terms_for(PLAN)
    assert "versions" not in terms_for({**PLAN, "prices": {}})
    assert [next_month(day) for day in (date(2026, 6, 30), date(2026, 12, 1))] == [date(2026, 7, 1), date(2027, 1, 1)]
    changed = with_term(design(), "pro", "versions", date(2026, 5, 20), on=True)
    assert changed.group("plans")["pro"]["versions"] == [{"from": "2026-06-01", "prices": {"monthly": "40", "yearly": "400"}}]
    catalog, _ = changed.checked()
    assert len(catalog.plans["pro"].versions) == 1
    assert with_term(changed, "pro", "versions", date(2026, 5, 20), on=False).document == design().document


def test_three_ways_are_candidates_beside_the_present_and_the_others() -> None:
    changed = design()
    changed.document["plans"]["pro"] = {**PLAN, "versions": [{"from": "2026-06-01", "prices": {"monthly": "45"}}]}
    catalog, candidates = with_three_ways(changed, "pro").checked()
    assert [candidate.name for candidate in candidates] == [
        "Other",
        "As today",
        "New price for everybody",
        "New price for new customers only",
        "New price for those since 3 Mar 2026",
    ]
    assert [candidate.interval for candidate in candidates[1:]] == ["monthly"] * 4
    assert [candidate.plan for candidate in candidates[1:]] == ["pro_as_today", "pro", "pro", "pro"]
    assert catalog.plans["pro_as_today"].versions == ()
    who = [rule.who for candidate in candidates for rule in candidate.versions]
    assert who[0].everybody is False
    assert who[1].started_since == date(2026, 3, 3)
    assert with_three_ways(with_three_ways(changed, "pro"), "pro") == with_three_ways(changed, "pro")


def test_a_price_rise_is_one_step_and_says_at_once_what_is_wrong() -> None:
    risen = with_price_rise(design(), "pro", "2026-06-01", {"monthly": "45"}, date(2026, 3, 1))
    _, candidates = risen.checked()
    assert candidates[-1].name == "New price for those since 1 Mar 2026"
    assert risen.baseline == "As today"
    assert risen.group("plans")["pro"]["versions"] == [{"from": "2026-06-01", "prices": {"monthly": "45"}}]
    again = with_price_rise(risen, "pro", "2026-05-01", {"monthly": "50"})
    assert again.group("plans")["pro"]["versions"] == [{"from": "2026-05-01", "prices": {"monthly": "50"}}]
    with pytest.raises(InputError, match="'June' is not a date"):
        with_price_rise(design(), "pro", "June", {"monthly": "45"})
    assert usual_day(date(2026, 1, 1), date(2026, 7, 1)) == date(2026, 4, 1)
    assert usual_day(date(2026, 1, 1), date(2026, 3, 1)) == date(2026, 2, 1)


def test_who_pays_the_new_price_is_said_for_each_candidate() -> None:
    changed = design()
    changed.document["plans"]["pro"] = {**PLAN, "versions": [{"from": "2026-06-01", "prices": {"monthly": "45"}}]}
    since = with_adopters(changed, 0, "started_since", "2026-03-01")
    assert since.candidates[0]["versions"] == [{"plan": "pro", "version": "2026-06-01", "who": {"started_since": "2026-03-01"}}]
    assert (adopters_of(since, since.candidates[0]), day_of(since.candidates[0])) == ("started_since", "2026-03-01")
    nobody = with_adopters(since, 0, "nobody")
    assert adopters_of(nobody, nobody.candidates[0]) == "nobody"
    nobody.checked()
    moved = with_version_day(nobody, "pro", 0, "2026-07-01")
    assert moved.candidates[0]["versions"][0]["version"] == moved.group("plans")["pro"]["versions"][0]["from"] == "2026-07-01"
    moved.checked()
    assert with_adopters(nobody, 0, "everybody").candidates == changed.candidates
    assert newest_version(changed, changed.candidates[1]) == ""
    later = with_candidate_value(nobody, 0, "versions", [{**nobody.candidates[0]["versions"][0], "on": "2026-08-01"}])
    assert adopters_of(later, later.candidates[0]) == "otherwise"
    with pytest.raises(InputError):
        with_adopters(changed, 0, "started_before", "soon").checked()
