"""Why one customer pays more here than there: a sentence whose amounts add up to the difference."""

import re
from decimal import Decimal

import pytest
from support.compared_models import BALANCE, CREDITS, FREE, METERED, compared

from commet_core.reports.compare.why import side_by_side, why


def test_the_sentence_names_what_differs_the_reason_first() -> None:
    found = compared(METERED, CREDITS, BALANCE)
    # ann: two months of $10 and 2 calls beyond 10 at $1; two months of $8 and one pack of $3.
    assert why(found, "Credits", "ann") == (
        "ann pays $3.00 less under Credits than under Metered: the base price takes off $4.00, overage takes off $2.00 "
        "and credit packs add $3.00."
    )


def test_the_amounts_add_up() -> None:
    found = compared(METERED, CREDITS, BALANCE, FREE)
    for row in [row for customer in ("ann", "bob", "cleo") for row in side_by_side(found, customer).to_pylist()[1:]]:
        amounts = re.findall(r"(adds?|takes? off) \$(\d+\.\d\d)", row["why"])
        assert sum(Decimal(amount) * (1 if verb.startswith("add") else -1) for verb, amount in amounts) == row["difference"]


def test_what_is_refused_is_said_with_it() -> None:
    said = why(compared(METERED, BALANCE), "Balance", "bob")
    assert said.endswith("; and 16.7 % of what it asked for is refused.")


def test_a_customer_that_pays_the_same_is_told_so() -> None:
    same = {"name": "Again", "plan": "metered"}
    assert why(compared(METERED, same), "Again", "bob") == "bob pays the same under Again as under Metered, line by line."


def test_beside_its_figures_a_row_says_what_differs_alone() -> None:
    again = {"name": "Again", "plan": "metered"}
    rows = side_by_side(compared(METERED, CREDITS, again), "ann")["why"].to_pylist()
    assert rows == [
        "",
        "The base price takes off $4.00, overage takes off $2.00 and credit packs add $3.00.",
        "The same, line by line.",
    ]


def test_a_stranger_is_nobodys_customer() -> None:
    with pytest.raises(KeyError):
        why(compared(METERED, CREDITS), "Credits", "zoe")
