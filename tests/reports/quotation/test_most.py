"""The most that a quote can come to: with spend caps, commitments, packs, top-ups and add-ons; figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.quotes import quote_of

from commet_core.reports.quotation import quote_document
from commet_core.reports.quotation.quotation import Quotation, quotation

FEATURES = {
    "call": {"included": 100, "overage": {"unit_price": "0.07"}},
    "mail": {"included": 10, "overage": {"unit_price": "0.03"}},
}
CATALOG: dict[str, Any] = {
    "features": {"call": {}, "mail": {}, "sms": {}, "editors": {"type": "seats"}},
    "plans": {
        "metered": {
            "consumption_model": "metered",
            "prices": {"monthly": 100, "yearly": 1000, "weekly": 30},
            "features": FEATURES,
        },
        "seats": {
            "consumption_model": "metered",
            "prices": {"monthly": 100},
            "features": {**FEATURES, "editors": {"included": 1, "overage": {"unit_price": 12}}},
        },
        "credits": {
            "consumption_model": "credits",
            "prices": {"monthly": 49},
            "included_credits": 100,
            "features": {"call": {"credits_per_unit": 1}},
        },
        "balance": {"consumption_model": "balance", "prices": {"monthly": 50}, "features": {"call": {"unit_price": "0.01"}}},
        "blocking": {
            "consumption_model": "balance",
            "prices": {"monthly": 50},
            "block_on_exhaustion": True,
            "features": {"call": {"unit_price": "0.01"}},
        },
    },
    "credit_packs": {"small": {"credits": 100, "price": 20}, "large": {"credits": 1000, "price": 150}},
    "addons": {
        "texts": {
            "feature": "sms",
            "consumption_model": "metered",
            "base_price": {"monthly": 18, "yearly": 180, "weekly": 5},
            "included": 5,
            "overage": {"unit_price": "0.5"},
        }
    },
}


def quoted(plan: str, terms: dict[str, Any], candidate: dict[str, Any], /, units: int = 10**7, **more: Any) -> Quotation:
    plans = {**CATALOG["plans"], plan: {**CATALOG["plans"][plan], **terms}}
    usage = {
        feature: {"units": units} for feature in ("call", "mail", "sms") if feature == "call" or plan in ("metered", "seats")
    }
    if not candidate.get("addons"):
        usage.pop("sms", None)
    row = {"name": "It", "plan": plan, **candidate}
    return quotation(quote_of({**CATALOG, "plans": plans}, (row,), usage=usage, draws=100, **more))


def cap(amount: int, beyond: str = "free") -> dict[str, Any]:
    return {"spend_cap": {"amount": amount, "beyond": beyond}}


def commitment(amount: int, months: int | None = None) -> dict[str, Any]:
    return {
        "minimum_commitment": {
            "amount": amount,
            "per": "term" if months else "interval",
            **({"term_months": months} if months else {}),
        }
    }


PACKS = {"purchases": {"pack": "smallest_sufficient"}}


@pytest.mark.parametrize(
    ("plan", "terms", "candidate", "most"),
    [
        # twelve months of 100 and of at most 50 beside it
        ("metered", cap(50), {}, "1800.00"),
        ("metered", cap(50, "block"), {}, "1800.00"),
        ("metered", cap(50), {"interval": "yearly"}, "1600.00"),
        # 53 weeks of 30 and of at most 50, the last of one day, charged in full
        ("metered", cap(50), {"interval": "weekly"}, "4240.00"),
        ("metered", cap(0), {}, "1200.00"),
        ("metered", {}, cap(70), "2040.00"),
        ("metered", cap(50), cap(20), "1440.00"),
        # usage of an add-on counts for the cap, its price does not: 118 + 50
        ("metered", cap(50), {"addons": ["texts"]}, "2016.00"),
        ("metered", {}, {"addons": ["texts"]}, None),
        ("seats", cap(50), {}, None),
        # a commitment of 130 a month is part of the 150; one of 170 is more than them
        ("metered", cap(50) | commitment(130), {}, "1800.00"),
        ("metered", cap(50) | commitment(170), {}, "2040.00"),
        # of a year: 1,000 and 12 times 50 are 1,600; of a term of five months: twice 750, and two months of 150
        ("metered", cap(50) | commitment(1300), {"interval": "yearly"}, "1600.00"),
        ("metered", cap(50) | commitment(700, 5), {}, "1800.00"),
        # twice 800, and 61 of 151 days of the third, 323.18, to which two months of 150 do not come
        ("metered", cap(50) | commitment(800, 5), {}, "1923.18"),
        ("credits", {}, PACKS | cap(30), "828.00"),
        ("credits", cap(50), PACKS, "1068.00"),
        ("credits", cap(50), {"purchases": {"pack": "small", "max_packs_per_period": 1}}, "828.00"),
        ("credits", cap(50) | commitment(60), PACKS, "1068.00"),
        ("credits", commitment(60), {"purchases": {"pack": "small", "max_packs_per_period": 1}}, "828.00"),
        ("balance", cap(30), {}, "960.00"),
        ("balance", cap(30, "block"), {}, "960.00"),
        ("blocking", cap(30), {"top_up": {"amount": 20}}, "840.00"),
        ("blocking", cap(30), {}, "600.00"),
    ],
)
def test_it_is_the_base_the_cap_and_what_the_cap_does_not_count(
    plan: str, terms: dict[str, Any], candidate: dict[str, Any], most: str | None
) -> None:
    [bill] = quoted(plan, terms, candidate).bills
    assert (None if bill.most is None else str(bill.most)) == most
    if most is not None:  # so much usage comes to it, but for what is left of the cap where no whole unit fits
        left = Decimal("0.02") * bill.period_count if plan != "credits" else bill.most  # so much asks for packs beyond the cap
        assert Decimal(most) - left <= bill.assumed <= Decimal(most)


@settings(max_examples=40, deadline=None)
@given(
    plan=st.sampled_from(["metered", "credits", "balance", "blocking"]),
    amount=st.integers(0, 90),
    beyond=st.sampled_from(["block", "free"]),
    committed=st.none() | st.tuples(st.integers(1, 400), st.none() | st.integers(1, 9)),
    interval=st.sampled_from(["monthly", "yearly", "weekly"]),
    rolls=st.booleans(),
    billing_day=st.none() | st.integers(1, 28),
    added=st.booleans(),
    months=st.integers(1, 14),
    units=st.integers(0, 5000),
)
def test_no_usage_costs_more(plan, amount, beyond, committed, interval, rolls, billing_day, added, months, units) -> None:
    terms = cap(amount, beyond)
    if committed:
        terms |= commitment(*committed)
    if rolls and plan != "metered":
        terms["rollover"] = {"max_periods": 2}
    if plan != "metered":
        interval = "monthly"
    if interval != "weekly" and billing_day:
        prices = {"monthly": 100, "yearly": 1000} if plan == "metered" else {"monthly": 50}
        terms |= {"billing_day": billing_day, "prices": prices}
    candidate: dict[str, Any] = {"plan": plan, "interval": interval}
    if plan == "credits":
        candidate |= PACKS
    if plan == "blocking":
        candidate["top_up"] = {"amount": 20}
    if added and plan == "metered" and interval != "weekly":
        candidate["addons"] = ["texts"]
    many = quoted(plan, terms, candidate, units=10**7, term_months=months)
    few = quoted(plan, terms, candidate, units=units, term_months=months)
    most = many.bills[0].most
    assert most == few.bills[0].most
    assert most is not None
    assert few.bills[0].assumed <= most


def test_the_quote_says_the_cap_and_its_most() -> None:
    document = quote_document(quoted("metered", cap(50), cap(70, "block")))
    [section] = document.sections
    figure = next(each for each in section.figures if each.label == "At most")
    assert (figure.amount, figure.meaning) == ("$2,040.00", "whatever is used, with the spend cap of $70.00 a month")
    assert "What usage adds to a month is at most $70.00: then it stops." in section.sentences
    assert "A period costs at most $70.00 in overage: what would go beyond is refused." in section.terms[0]


class TestWhatLapses:
    """What the plan says, and nothing that contradicts it."""

    def test_credits_that_roll_over_and_packs_that_expire(self) -> None:
        catalog = CATALOG["credit_packs"] | {"small": {"name": "Small", "credits": 100, "price": 20, "expires_after_days": 30}}
        plan = CATALOG["plans"]["credits"] | {"rollover": {"max_periods": 2, "max_amount": 300}}
        document = {**CATALOG, "credit_packs": catalog, "plans": {"credits": plan}}
        [section] = quote_document(
            quotation(quote_of(document, ({"name": "It", "plan": "credits", **PACKS},), draws=100))
        ).sections
        assert section.sentences == (
            "When the credits are used up, the smallest pack that is enough is bought.",
            (
                "Plan credits that are left at the end of a month go into the next, at most 300 credits; what is more lapses. "
                "After 2 further months what is still left of it lapses."
            ),
            "Credits of Small lapse 30 days after they were bought.",
            "Credits of large never lapse.",
        )

    def test_a_balance_that_rolls_over_and_is_topped_up(self) -> None:
        [section] = quote_document(
            quoted("blocking", {"rollover": {"max_amount": 20}}, {"top_up": {"amount": 20, "max_per_period": 3}}, units=1)
        ).sections
        assert section.sentences == (
            "When the balance is used up, it is topped up by $20.00, at most 3 times a month; then usage stops.",
            "What is left of top-ups lapses at the end of each month.",
            "What is left of the balance at the end of a month goes into the next, at most $20.00; what is more lapses.",
        )

    def test_prices_in_tiers_are_no_unit_price(self) -> None:
        tiers = {"tiers_mode": "graduated", "tiers": [{"up_to": 10, "unit_price": 1}, {"unit_price": "0.5"}]}
        [section] = quote_document(
            quoted("metered", {"features": {"call": {"overage": tiers}, "mail": {}}}, {}, units=1)
        ).sections
        assert (
            section.sentences[0] == "Beyond what is included usage is charged as its price says; where there is none, it stops."
        )
