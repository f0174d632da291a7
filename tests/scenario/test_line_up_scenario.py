"""Line-ups in a scenario: which plans they have, and every message about one that does not fit, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from commet_core.foundation.errors import InputError
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario


def metered(**prices: int) -> dict[str, Any]:
    return {"consumption_model": "metered", "prices": prices, "features": {"call": {"included": 10}}}


CATALOG: dict[str, Any] = {
    "features": {"call": {}},
    "plans": {
        "free": metered(),
        "basic": metered(monthly=10, yearly=100),
        "pro": metered(monthly=20),
        "annual": metered(yearly=200),
        "weekly": metered(weekly=5),
        "forever": metered(one_time=500),
        "lifetime": metered(one_time=900),
        "small": {"consumption_model": "credits", "prices": {"monthly": 5}, "features": {"call": {"credits_per_unit": 1}}},
        "large": {"consumption_model": "credits", "prices": {"monthly": 9}, "features": {"call": {"credits_per_unit": 1}}},
    },
    "credit_packs": {
        "some": {"credits": 10, "price": 1, "plans": ["large"]},
        "none_of_them": {"credits": 10, "price": 1, "plans": []},
    },
    "plan_groups": {
        "standard": ["free", "basic", "pro"],
        "mixed": ["basic", "annual"],
        "apart": ["pro", "annual"],
        "weeks": ["free", "weekly"],
        "once": ["forever", "lifetime"],
        "credits": ["small", "large"],
        "empty": [],
    },
}


def scenario(*candidates: dict[str, Any]) -> Scenario:
    named = [{"name": str(place), **candidate} for place, candidate in enumerate(candidates)]
    return Scenario.model_validate({"catalog": CATALOG, "candidates": named})


def problems(*candidates: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as raised:
        scenario(*candidates)
    return [str(problem) for problem in raised.value.problems]


MISTAKES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "neither plan nor group": ({}, ["plan: is missing. Name a plan, or a plan group in `group`."]),
    "both": (
        {"plan": "basic", "group": "standard"},
        ["group: the candidate has a plan already. Keep one of plan and group."],
    ),
    "a group that is not there": (
        {"group": "standart"},
        ["group: plan group 'standart' does not exist. Did you mean standard?"],
    ),
    "a group without plans": (
        {"group": "empty"},
        ["group: plan group 'empty' has no plans. Put plans into it, lowest first."],
    ),
    "keys of a line-up on a plan": (
        {"plan": "basic", "choose": "upgrade", "blocked_share_max": "0.1", "upgrade_after_periods": 3},
        [
            f"{key}: says how customers choose within a plan group, and the candidate has one plan. Remove {key}."
            for key in ("choose", "blocked_share_max", "upgrade_after_periods")
        ],
    ),
    "an unknown choice": (
        {"group": "standard", "choose": "best"},
        ["choose: 'best' is not one of the choices. Use 'cheapest', 'upgrade' or 'assigned'."],
    ),
    "a share above one": (
        {"group": "standard", "blocked_share_max": 5},
        ["blocked_share_max: 5 is too large. Give at most 1."],
    ),
    "after no period at all": (
        {"group": "standard", "upgrade_after_periods": 0},
        ["upgrade_after_periods: 0 is too small. Give 1 or more."],
    ),
    "an interval that a plan with a price lacks": (
        {"group": "standard", "interval": "yearly"},
        ["interval: plan 'pro' has no yearly price. Intervals it has: monthly."],
    ),
    "an interval that no plan has": (
        {"group": "weeks", "interval": "yearly"},
        [
            "interval: plan 'free' has no yearly price. Intervals it has: none: the plan is free, leave interval out.",
            "interval: plan 'weekly' has no yearly price. Intervals it has: weekly.",
        ],
    ),
    "moving up between intervals": (
        {"group": "apart", "choose": "upgrade"},
        [
            (
                "interval: the plans of 'apart' are billed monthly and yearly, and customers move up between them. "
                "Name an interval for which all of them have a price."
            )
        ],
    ),
    "moving up from a price that is paid once": (
        {"group": "once", "choose": "upgrade"},
        ["choose: a one-time price has no periods after which to move up. Use cheapest or assigned."],
    ),
    "moving up from a free month to a week": (
        {"group": "weeks", "choose": "upgrade"},
        [
            (
                "choose: a free plan has months and the others weeks, so that no period can be set against another. "
                "Name an interval other than weekly, or use cheapest or assigned."
            )
        ],
    ),
    "packs on metered plans": (
        {"group": "standard", "purchases": {"pack": "smallest_sufficient"}},
        ["purchases: plan 'free' is not a credits plan. Remove purchases."],
    ),
    "a top-up on metered plans": (
        {"group": "standard", "top_up": {"amount": 5}},
        ["top_up: plan 'free' is not a balance plan. Remove top_up."],
    ),
    "a pack that none of the plans sells": (
        {"group": "credits", "purchases": {"pack": "none_of_them"}},
        [
            (
                "purchases.pack: credit pack 'none_of_them' is sold on no plan of 'credits'. "
                "Add the plan to credit_packs.none_of_them.plans, or choose another pack."
            )
        ],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_line_up_is_said(mistake: str) -> None:
    candidate, messages = MISTAKES[mistake]
    assert problems(candidate) == [f"candidates.0.{message}" for message in messages]


UNSOUND = {"an unknown choice", "a share above one", "after no period at all"}
"""Mistakes that keep a candidate from being set against the catalog."""


def test_all_mistakes_of_all_line_ups_are_said_at_once() -> None:
    told = [told for mistake, told in MISTAKES.items() if mistake not in UNSOUND]
    assert problems(*[candidate for candidate, _ in told]) == [
        f"candidates.{place}.{message}" for place, (_, messages) in enumerate(told) for message in messages
    ]


def test_two_mistakes_of_one_line_up() -> None:
    wrong = {"group": "standard", "interval": "yearly", "purchases": {"pack": "some"}, "offer": "launch"}
    assert [problem.split(": ")[0] for problem in problems(wrong)] == [
        "candidates.0.interval",
        "candidates.0.purchases",
        "candidates.0.offer",
        "candidates.0.purchases.pack",
    ]


@pytest.mark.parametrize(
    "candidate",
    [
        {"group": "standard"},
        {"group": "standard", "interval": "monthly", "choose": "upgrade"},
        {"group": "mixed", "interval": "yearly", "choose": "upgrade", "upgrade_after_periods": 1},
        {"group": "apart"},
        {"group": "weeks", "choose": "assigned"},
        {"group": "once", "choose": "cheapest", "blocked_share_max": 1},
        {"group": "credits", "purchases": {"pack": "some"}},
    ],
)
def test_what_fits_is_taken(candidate: dict[str, Any]) -> None:
    (found,) = scenario(candidate).candidates
    assert found == Candidate.model_validate({"name": "0", **candidate})


def test_the_plans_of_candidates() -> None:
    both = scenario({"group": "standard"}, {"plan": "pro"})
    line_up, alone = both.candidates
    assert (both.plans(line_up), both.plan_code(line_up), both.interval(line_up)) == (("free", "basic", "pro"), "free", None)
    assert (both.plans(alone), both.plan_code(alone), both.interval(alone)) == (("pro",), "pro", "monthly")
    assert (line_up.choose, line_up.upgrade_after_periods, line_up.decides, alone.decides) == ("cheapest", 2, True, False)


def test_a_feature_that_no_plan_of_a_line_up_has_is_told() -> None:
    both = scenario({"group": "standard"}, {"plan": "pro"})
    assert both.features_without_plan(["call", "video"]) == {"video": ["0", "1"]}
