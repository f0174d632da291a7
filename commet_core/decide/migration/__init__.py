"""Migration: how customers get from what they are on to a new candidate, and what each way brings in (decisions.md 7).

A migration is subscriptions: every strategy becomes rows of them, is replayed, and is set against everybody staying.
`ahead` does it on the possible futures of a forecast.
"""

from commet_core.decide.migration.ahead import MigrationAhead, OutcomeAhead, migrate_ahead
from commet_core.decide.migration.migrating import Migration, migrate
from commet_core.decide.migration.outcomes import Outcome
from commet_core.decide.migration.strategies import USUAL, Strategy, parse_strategies
from commet_core.decide.migration.tables import TABLES, plan_table
from commet_core.decide.migration.tables_ahead import TABLES_AHEAD
from commet_core.decide.migration.written import write_ahead, write_migration

__all__ = [
    "TABLES",
    "TABLES_AHEAD",
    "USUAL",
    "Migration",
    "MigrationAhead",
    "Outcome",
    "OutcomeAhead",
    "Strategy",
    "migrate",
    "migrate_ahead",
    "parse_strategies",
    "plan_table",
    "write_ahead",
    "write_migration",
]
