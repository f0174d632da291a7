"""Statements of a scenario in which every rule is used: each line, each reason and each happening has words of its own."""

from pathlib import Path
from typing import Any

import pytest
from support.everything import capped, versioned
from support.everything_told import statements

from commet_core.reports.statement import Statement, ledger_rows, ledger_table, tie_out, totals
from commet_core.reports.statement.explanation import explanation
from commet_core.reports.statement.happenings import happenings
from commet_core.reports.statement.line_words import line_words

KINDS = {
    "plan_base",
    "addon_base",
    "feature_seats",
    "feature_quota",
    "feature_overage",
    "commitment",
    "discount",
    "promo_code_discount",
    "credit",
    "credit_pack",
    "top_up",
}


def one(document: Any, candidate: str, customer: str, folder: Path) -> Statement:
    return next(each for each in statements(document(), folder, [customer]) if each.run.candidate.name == candidate)


@pytest.mark.parametrize(
    ("document", "rules"),
    [
        (capped, {"8.9", "9.1", "9.2", "9.2, 9.3", "10.1", "10.2", "10.3", "15.1", "15.2", "15.3", "15.4", "15.7"}),
        (versioned, {"8.7", "8.8", "8.9", "9.1", "9.2", "9.2, 9.3", "10.1", "10.2", "10.3", "15.1", "15.2", "15.4"}),
    ],
)
def test_every_kind_of_line_and_every_rule_that_did_something_has_words(document: Any, rules: set[str], tmp_path: Path) -> None:
    kinds, said = set(), set()
    for statement in statements(document(), tmp_path):
        words = line_words(statement)
        assert all(words)
        assert not [line for line in words if "customer_credit" in line or "None" in line]
        kinds |= set(statement.invoice_lines["kind"].to_pylist())
        said |= {reason.rule for reason in explanation(statement)}
        found = totals(statement)
        parts = (found.base, found.seats, found.quota, found.add_ons, found.discount, found.credit, found.customer_credit)
        assert sum(parts) + found.overage + found.commitment + found.purchases == found.billed
        assert tie_out(statement).holds
        assert all(happening.what for happening in happenings(statement))
        assert ledger_table(statement, ledger_rows(statement)).to_pandas().shape[0] == statement.event_count
    assert kinds == KINDS
    assert rules <= said


def test_the_lines_of_one_statement(tmp_path: Path) -> None:
    words = line_words(one(capped, "Launched", "c04", tmp_path))
    assert words == [
        "Add-on sms, for the 7 days that remained of the interval, at $18.00 for a whole one",
        "pro, base price for the month, 12 Jan 2026 to 11 Feb 2026",
        "Add-on sms, for the interval",
        "Offer launch",
        "pro, base price for the month at the fixed price of offer launch, 12 Feb 2026 to 11 Mar 2026",
        "Add-on sms, for the interval",
        "editors, added in the course of the interval: 32 unit-days × $0.387096774",
        "sms, 12 Jan 2026 to 11 Feb 2026: 6 beyond the 3 included × $0.40",
        "Customer credit",
        "pro, base price for the month, 12 Mar 2026 to 11 Apr 2026",
        "Add-on sms, for the interval",
        "calls, 12 Feb 2026 to 11 Mar 2026: 5 (tier 1) beyond the 20 included × $0.50",
        "calls, 12 Feb 2026 to 11 Mar 2026: fee of tier 1 × $2.00",
        "image, 12 Feb 2026 to 11 Mar 2026: 1 package of 4 beyond the 10 included × $3.00",
        "sms, 12 Feb 2026 to 11 Mar 2026: 11 beyond the 3 included × $0.40",
        "pro, short of its minimum commitment: at least $90.00 for each billing interval",
    ]


def test_what_actions_did_beside_the_plan_is_among_what_happened(tmp_path: Path) -> None:
    told = [(f"{each.at:%m-%d}", each.what, each.invoiced) for each in happenings(one(capped, "Pro", "c05", tmp_path))]
    assert [(day, what) for day, what, _ in told][1:] == [
        ("01-02", "Starts with pro, monthly"),
        ("02-05", "Activate the add-on sms"),
    ]
    assert str(told[2][2]) == "16.07"
    lent = [each.what for each in happenings(one(versioned, "Lite", "c06", tmp_path))]
    assert "Lend the plan big until 15 Mar 2026" in lent
