"""Who moves when, as subscription rows: a change of plan inside a group, else the end of one subscription and the start of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from commet_core.foundation.calendar import date_of
from commet_core.foundation.derived import cached_property
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.further_rules import LEVEL_ACTIONS
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow, micros_of
from commet_core.scenario.subscriptions.cells import moment_of

NEVER: Final = "2199-12-31"
"""The day on which those start on the new candidate who stay on the old one: after every window."""

CARRIED: Final = frozenset({"cancel", "pause", "resume", "reactivate", "customer_credit"})
"""What customers do themselves after the move that makes sense on any plan."""


class Move(NamedTuple):
    """at: the first instant of a day, in microseconds. cut: inside a paid interval, not at a renewal."""

    at: int
    cut: bool


@dataclass(frozen=True, eq=False)
class Ways:
    """Rows for two candidates. inside: a move is a change of plan of one subscription.

    interval: of the new candidate, in that case.
    """

    scenario: Scenario
    old: Candidate
    new: Candidate

    @cached_property
    def inside(self) -> bool:
        """Whether both are plans of one group, or the same plan, on the same assumptions about customers."""
        same = {"name", "plan", "interval"}
        alike = self.old.model_dump(exclude=same) == self.new.model_dump(exclude=same)
        if self.old.plan is None or self.new.plan is None or not alike:
            return False
        return self.old.plan == self.new.plan or bool(self.scenario.catalog.group_of(self.old.plan, self.new.plan))

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """Those that are replayed for a strategy."""
        return (self.old,) if self.inside else (self.old, self.new)

    def rows(self, customers: Sequence[str], moves: Mapping[str, Move]) -> tuple[SubscriptionRow, ...]:
        """All rows of a strategy, customers: all who are replayed."""
        found: list[SubscriptionRow] = []
        for customer in dict.fromkeys([*self._own, *customers]):
            found += self._of_customer(customer, moves.get(customer))
        return tuple(row.model_copy(update={"line": line, "file": ""}) for line, row in enumerate(found, start=1))

    def move_rows(self, customer: str, move: Move | None) -> Iterator[SubscriptionRow]:
        """The rows that a move is; of who stays, that there is none."""
        if move is None:
            if not self.inside:
                yield _row(customer, NEVER, "start", candidate=self.new.name)
            return
        day, before = self.day(move.at), self.day(move.at - 1)
        interval = self.scenario.interval(self.new) or ""
        at_once = move.cut or self.scenario.interval(self.old) is None
        at, when = (day, "now") if at_once else (before, "period_end")
        if self.inside:
            plan = str(self.new.plan)
            yield _row(customer, at, "change_plan", plan=plan, interval=interval, when=when, candidate=self.old.name)
            return
        yield _row(customer, at, "cancel", when=when, candidate=self.old.name)
        yield _row(customer, day, "start", candidate=self.new.name)

    def day(self, at: int) -> str:
        return date_of(self.scenario.catalog.days.of(at)).isoformat()

    def _of_customer(self, customer: str, move: Move | None) -> Iterator[SubscriptionRow]:
        until = None if move is None else move.at
        for row in self._own.get(customer, ()):
            at = self._moment(row)
            if row.action in LEVEL_ACTIONS or at is None:
                yield row
            elif (until is None or at < until) and row.candidate in ("", self.old.name):
                yield row.model_copy(update={"candidate": self.old.name})
        yield from self.move_rows(customer, move)
        if move is not None:
            for row in self.rows_after(customer, move):
                yield row.model_copy(update={"candidate": self.candidates[-1].name})

    def rows_after(self, customer: str, move: Move) -> list[SubscriptionRow]:
        """What a customer does itself from its move on, as far as that makes sense on any plan."""
        own = [(self._moment(row), row) for row in self._own.get(customer, ()) if row.action in CARRIED]
        return [row for at, row in own if at is not None and at >= move.at and row.candidate in ("", self.new.name)]

    def _moment(self, row: SubscriptionRow) -> int | None:
        try:
            return micros_of(moment_of(row.at, self.scenario.catalog.days))
        except ValueError:
            return None

    @cached_property
    def _own(self) -> Mapping[str, Sequence[SubscriptionRow]]:
        names = {"", self.old.name, self.new.name}
        own: dict[str, list[SubscriptionRow]] = defaultdict(list)
        for row in self.scenario.subscriptions:
            if row.candidate in names:
                own[row.customer_id].append(row)
        return own


def _row(customer: str, at: str, action: str, **cells: str) -> SubscriptionRow:
    return SubscriptionRow.model_construct(None, customer_id=customer, at=at, action=action, **cells)
