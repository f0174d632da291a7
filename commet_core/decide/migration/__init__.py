"""Migration: how customers get from what they are on to a new candidate, and what each way brings in (decisions.md 7).

A migration is subscriptions: every strategy becomes rows of them, is replayed, and is set against everybody staying.
"""

from commet_core.decide.migration.migrating import Migration, migrate
from commet_core.decide.migration.outcomes import Outcome
from commet_core.decide.migration.strategies import USUAL, Strategy, parse_strategies
from commet_core.decide.migration.tables import TABLES, plan_table
from commet_core.decide.migration.written import write_migration

__all__ = [
    "TABLES",
    "USUAL",
    "Migration",
    "Outcome",
    "Strategy",
    "migrate",
    "parse_strategies",
    "plan_table",
    "write_migration",
]
