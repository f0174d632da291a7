"""All candidates beside each other for one customer, and one sentence each why it pays more here than there."""

from __future__ import annotations

from typing import Any

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, format_signed
from commet_core.reports.compare.why import side_by_side
from commet_core.reports.statement import Statement
from pages.comparison.models import models_of
from pages.customer import choice
from pages.shared import candidates
from pages.shared.kept import by_content


def section(statement: Statement) -> None:
    """Where there is more than one candidate. A click on one shows what follows under it."""
    replayed, currency = statement.replayed, statement.currency
    if len(replayed.runs) < 2:
        return
    rows = [
        {
            "name": row["candidate"],
            "monthly": format_amount(row["billed"], currency),
            "difference": format_signed(row["difference"], currency) if row["why"] else "the baseline",
            "refused": f"{row['refused_events']:,} of {row['events']:,}",
            "why": row["why"],
        }
        for row in _rows(replayed, statement.customer_id)
    ]
    heads = {
        "name": "Candidate",
        "monthly": "Billed",
        "difference": f"Against {replayed.baseline.candidate.name}",
        "refused": "Events refused",
        "why": "Why",
    }
    candidates.plain_table(heads, rows, models_of(replayed), key="replay_beside", opens=choice.choose)


@by_content()
def _rows(replayed: Replay, customer_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = side_by_side(replayed, customer_id).to_pylist()
    return rows
