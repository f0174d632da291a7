"""Seats and quota (billing-rules 10.1, 10.2, 10.4, 15.1): what is asked for, what is held, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import ZERO, decimal, rounded_half_up, rounded_share
from .events import Action, moment
from .line import Line
from .periods import first_day_after
from .tiers import overage_charges

KINDS = {"seats": "feature_seats", "quota": "feature_quota"}
NANOS = 9

Steps = Mapping[str, Sequence[tuple[datetime, Decimal]]]


class LevelMove(NamedTuple):
    """A level that is set, or changed."""

    at: datetime
    feature: str
    level: Decimal | None
    change: Decimal


def moves_of(rows: Sequence[Mapping[str, Any]], actions: Sequence[Action]) -> list[LevelMove]:
    """10.4: from rows of their own and from actions; those of one moment in this order."""
    moves = [
        LevelMove(
            moment(row["at"]),
            row["feature"],
            None if row.get("set") is None else decimal(row["set"]),
            decimal(row.get("change") or 0),
        )
        for row in rows
    ]
    for action in actions:
        if action.action in ("set_level", "change_level"):
            assert action.item
            assert action.amount is not None
            sets = action.action == "set_level"
            moves.append(LevelMove(action.at, action.item, action.amount if sets else None, ZERO if sets else action.amount))
    return sorted(moves, key=lambda move: move.at)


def asked_levels(moves: Sequence[LevelMove]) -> dict[str, list[tuple[datetime, Decimal]]]:
    """10.4: what a customer asks for, by feature. Rows of one moment count as one; what comes below zero is rejected."""
    asked: dict[str, list[tuple[datetime, Decimal]]] = {}
    for feature in sorted({move.feature for move in moves}):
        level = ZERO
        own = [move for move in moves if move.feature == feature]
        for at in sorted({move.at for move in own}):
            after = level
            rises = level
            for move in (move for move in own if move.at == at):
                after = move.change + after if move.level is None else move.level
                rises = max(move.change, ZERO) + rises if move.level is None else move.level
            after = after if after >= ZERO else rises
            if after != level:
                asked.setdefault(feature, []).append((at, after))
            level = after
    return asked


def first_use_of(asked: Steps, start: datetime, end: datetime) -> datetime | None:
    """10.4: the first moment in the window with a level above 0."""
    above = [max(at, start) for steps in asked.values() for at, level in steps if level > ZERO and start < at < end]
    at_start = [start for steps in asked.values() if level_at(steps, start) > ZERO]
    return min([*above, *at_start], default=None)


def level_at(steps: Sequence[tuple[datetime, Decimal]], at: datetime) -> Decimal:
    """The last level set up to a moment, the moment included; 0 before the first."""
    return next((level for when, level in reversed(steps) if when <= at), ZERO)


def price_of(terms: Mapping[str, Any], interval: str | None) -> dict[str, Any] | None:
    """The overage price of one interval: months on free and one-time plans (10.1)."""
    overage = terms.get("overage")
    if overage is None:
        return None
    key = "monthly" if interval in (None, "one_time") else interval

    def for_interval(price: Any) -> Any:
        if not isinstance(price, Mapping):
            return price
        return price.get(key, price.get("one_time") if interval == "one_time" else None)

    priced = {name: for_interval(value) for name, value in overage.items() if name != "tiers"}
    if overage.get("tiers") is not None:
        priced["tiers"] = [{name: for_interval(value) for name, value in tier.items()} for tier in overage["tiers"]]
    return priced


def cost_of(units: Decimal, overage: Mapping[str, Any] | None) -> Decimal:
    """What units above `included` cost for an interval; of each tier to nanos."""
    if overage is None or units <= ZERO:
        return ZERO
    lines = overage_charges("", units, overage)
    if overage.get("unit_price") is not None:
        return sum((line.quantity * line.unit_price for line in lines), ZERO)
    return sum((rounded_half_up(line.quantity * line.unit_price, NANOS) for line in lines), ZERO)


@dataclass
class HeldInterval:
    """A feature in one paid interval.

    ``included`` and ``sets`` are those that hold now (8.7): of the sets of prices beyond what is included the one that costs
    less holds. ``ahead``: what was above ``included`` at its start, and its price. ``raised``: the first day of each rise above
    all that was held before, and the level.
    """

    plan: str
    feature: str
    kind: str
    start: date
    end: date
    included: Decimal
    sets: Sequence[Mapping[str, Any]]
    opening: Decimal
    closing: Decimal
    refused: Decimal
    charged: bool
    ahead: tuple[Decimal, Mapping[str, Any] | None]
    raised: list[tuple[date, Decimal]] = field(default_factory=list)
    until: date = date.max
    shared: Decimal = ZERO
    whole_days: int | None = None
    number: int = 0

    @property
    def days(self) -> int:
        """Those of the interval that prices are for: of a stub the whole one that would end with it (2.2)."""
        return (self.end - self.start).days if self.whole_days is None else self.whole_days

    @property
    def is_part(self) -> bool:
        return (self.end - self.start).days < self.days

    @property
    def in_advance(self) -> Decimal:
        """10.1: units above ``included`` for the whole interval."""
        return self.ahead[0]

    @property
    def paid(self) -> Decimal:
        """10.1: the larger of ``included`` and what was held at the start; it rises with each rise."""
        return max([self.included, self.opening, *(level for _, level in self.raised)])

    def advance_amount(self, digits: int) -> Decimal:
        return rounded_share(cost_of(*self.ahead), (self.end - self.start).days, self.days, digits)

    def advance_lines(self, digits: int) -> list[Line]:
        """15.1: one line, also in tiers."""
        if not self.charged or not self.in_advance:
            return []
        overage = self.ahead[1]
        assert overage is not None
        whole = cost_of(*self.ahead)
        price = overage.get("unit_price")
        each = rounded_share(whole, 1, self.in_advance, NANOS) if price is None else decimal(price)
        part = (
            {"whole": self.advance_amount(digits), "days": (self.end - self.start).days} if self.is_part else {"whole": whole}
        )
        return [Line(self.kind, self.feature, self.in_advance, each, charge="advance", **part)]

    def rise_to(self, held: Decimal, at: datetime) -> None:
        if held > max([self.opening, *(level for _, level in self.raised)]):
            self.raised.append((first_day_after(at), held))

    @property
    def rises(self) -> list[tuple[date, Decimal]]:
        """10.1: each rise above the paid level, and by how much; the paid level rises with it."""
        paid, found = max(self.included, self.opening), []
        for day, level in self.raised:
            if level > paid:
                found.append((day, level - paid))
                paid = level
        return found

    def cost_days_of(self, overage: Mapping[str, Any], until: date) -> Decimal:
        paid, total = max(self.included, self.opening), ZERO
        for day, units in self.rises:
            before, after = (cost_of(level - self.included, overage) for level in (paid, paid + units))
            total += max(ZERO, after - before) * max(0, (until - day).days)
            paid += units
        return total

    def overage_until(self, until: date) -> Mapping[str, Any] | None:
        """8.7: the set that costs less."""
        return min(self.sets, key=lambda overage: self.cost_days_of(overage, until), default=None)

    def unit_days(self, until: date) -> Decimal:
        return sum((units * max(0, (until - day).days) for day, units in self.rises), ZERO) if self.sets else ZERO

    def true_up_amount(self, until: date, digits: int) -> Decimal:
        """Rounded once, up to a day."""
        return rounded_share(self.cost_days(until), 1, self.days, digits)

    def cost_days(self, until: date) -> Decimal:
        overage = self.overage_until(until)
        return ZERO if overage is None else self.cost_days_of(overage, until)

    def true_up_lines(self, digits: int) -> list[Line]:
        """10.1: one line per feature, unit-days × the price of a day."""
        unit_days, amount = self.unit_days(self.until), self.true_up_amount(self.until, digits)
        overage = self.overage_until(self.until)
        if not amount or overage is None:
            return []
        price = overage.get("unit_price")
        if price is None:
            of_a_day = rounded_share(self.cost_days(self.until), 1, self.days * unit_days, NANOS)
        else:
            of_a_day = rounded_share(decimal(price), 1, self.days, NANOS)
        days = (self.until - self.rises[0][0]).days
        return [Line(self.kind, self.feature, unit_days, of_a_day, whole=amount, charge="true_up", days=days)]

    def share(self, until: date, digits: int) -> Decimal:
        """13: of true-ups the days up to one, less those before: rounded running sums."""
        running = self.true_up_amount(until, digits)
        share, self.shared = running - self.shared, running
        return share

    def earned_before(self, day: date, digits: int) -> Decimal:
        """13: in advance, by day over the interval."""
        days = max(1, (self.end - self.start).days)
        return rounded_share(self.advance_amount(digits), max(0, min((day - self.start).days, days)), days, NANOS)


@dataclass
class Holdings:
    """What a customer asks for and holds.

    ``open``: by feature; ``span``: the paid interval that runs, the ``count``-th; ``intervals``: all, in order of time.
    """

    asked: Steps = field(default_factory=dict)
    held: dict[str, Decimal] = field(default_factory=dict)
    open: dict[str, HeldInterval] = field(default_factory=dict)
    span: tuple[date, date] | None = None
    count: int = 0
    intervals: list[HeldInterval] = field(default_factory=list)
