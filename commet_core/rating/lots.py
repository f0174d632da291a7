"""Credits replayed lot by lot: what the kernel is given, and what became of each lot (billing-rules 15.3, 15.5, 15.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from commet_core.catalog.packs import CreditPack
from commet_core.foundation.calendar import DAY, day_number, first_day, month_number
from commet_core.foundation.money import nanos
from commet_core.rating.admission import Admitted, Events, Ledger
from commet_core.rating.beyond import NEVER, Beyond, beyond_of
from commet_core.rating.charges import LotUses
from commet_core.rating.credits_kernel import CreditsBasis, CreditsOutcome
from commet_core.rating.lots_kernel import ActionLots, Moments, PacksForSale, replay_lots
from commet_core.rating.model import Setting
from commet_core.rating.stops import Stops


@dataclass(frozen=True, eq=False)
class LotsReplay:
    """A candidate on credits plans whose lots are told apart.

    expired  int64 micros, one per segment: purchased credits that could be used no more
    parts    of each range of customers replayed: its first, how many purchases it has, and what became of them
    """

    setting: Setting
    beyond: Beyond
    packs: PacksForSale
    acted: ActionLots
    expired: np.ndarray
    parts: list[tuple[int, int, np.ndarray]] = field(default_factory=list)

    def replay_customers(
        self,
        first: int,
        last: int,
        events: Events,
        basis: CreditsBasis,
        stops: Stops,
        admitted: Admitted,
        outcome: CreditsOutcome,
        ledger: Ledger,
    ) -> np.ndarray:
        """Replays a range of customers; returns their purchases."""
        timeline = self.setting.timeline
        moments = Moments(timeline.starts, timeline.ends, _month_starts(self.setting))
        given = events, basis, stops, self.packs, self.acted, self.beyond.basis
        written = admitted, outcome, self.expired, self.beyond.outcome, ledger
        purchases, uses = replay_lots(first, last, timeline.segments, moments, *given, *written)
        self.parts.append((first, len(purchases), uses))
        return np.asarray(purchases)

    def uses(self) -> LotUses:
        """What became of all lots, when all customers are replayed."""
        rows, before = [], 0
        for _, count, uses in sorted(self.parts, key=lambda part: part[0]):
            uses[:, 1] += before
            rows.append(uses)
            before += count
        segments, lots, used, expired, months = np.concatenate(rows).T if rows else np.empty((5, 0), np.int64)
        first_month = int(month_number(np.array([day_number(self.setting.timeline.window.start)]))[0])
        return LotUses(segments, lots, used, expired, months + first_month)


def lots_replay(setting: Setting, codes: Sequence[str]) -> LotsReplay | None:
    """What it takes to tell lots apart; None where they need not be. codes: of the packs of the purchase rule."""
    packs = setting.catalog.credit_packs
    bought = () if setting.subscription.acted is None else setting.subscription.acted.purchases
    acted = [purchase for _, purchase in bought]
    sold = (*codes, *(each.item for each in acted if each.adjusts is None))
    by_lots = any(packs[code].expires_after_days is not None for code in sold)
    by_lots |= any(each.adjusts == "purchased_credits" for each in acted)
    beyond = beyond_of(setting, by_lots=by_lots)
    if beyond is None:
        return None
    expiries = [NEVER if each.adjusts else min(each.at + _lasting(packs[each.item]), NEVER) for each in acted]
    return LotsReplay(
        setting,
        beyond,
        PacksForSale(_int64([nanos(packs[code].price) for code in codes]), _int64([_lasting(packs[code]) for code in codes])),
        ActionLots(_int64([purchase.price for purchase in acted]), _int64(expiries)),
        np.zeros(setting.timeline.segment_count, np.int64),
    )


def _lasting(pack: CreditPack) -> int:
    """Microseconds for which a pack can be used (billing-rules 15.3): so many times 24 hours; NEVER without an end."""
    return NEVER if pack.expires_after_days is None else pack.expires_after_days * DAY


def _month_starts(setting: Setting) -> np.ndarray:
    """int64 microseconds, of the months that the window touches, and of two more."""
    window = setting.timeline.window
    first, last = month_number(np.array([day_number(window.start), day_number(window.end)])).tolist()
    return setting.timeline.days.start(first_day(np.arange(first, last + 3)))


def _int64(numbers: Sequence[int]) -> np.ndarray:
    return np.array(numbers, np.int64)
