"""Prices that change in a design: from when the term is chosen, and the three ways to introduce them (billing-rules 8.7)."""

from datetime import date

from commet_core.scenario.drafts import Design
from commet_core.scenario.drafts.more_terms import next_month, terms_for, with_term, with_three_ways

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


def test_three_ways_are_three_candidates_beside_the_others() -> None:
    changed = design()
    changed.document["plans"]["pro"] = {**PLAN, "versions": [{"from": "2026-06-01", "prices": {"monthly": "45"}}]}
    _, candidates = with_three_ways(changed, "pro").checked()
    assert [candidate.name for candidate in candidates] == [
        "Other",
        "Everybody pays the new price",
        "New customers alone",
        "Those since 2026-03-03",
    ]
    assert [candidate.interval for candidate in candidates[1:]] == ["monthly"] * 3
    who = [rule.who for candidate in candidates for rule in candidate.versions]
    assert who[0].everybody is False
    assert who[1].started_since == date(2026, 3, 3)
    assert with_three_ways(with_three_ways(changed, "pro"), "pro") == with_three_ways(changed, "pro")
