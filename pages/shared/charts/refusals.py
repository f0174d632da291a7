"""How each reason for a refusal is drawn: what a plan leaves out is crossed or open, what ran out is filled."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from commet_core.foundation.vocabulary import RefusalReason
from pages.shared.palette import Palette


class RefusalLook(NamedTuple):
    """pattern: of a bar. marker: of a point. alert: whether somebody ran out of something, and is to be noticed."""

    pattern: str
    marker: str
    alert: bool

    def colour(self, colours: Palette) -> str:
        return colours.alert if self.alert else colours.muted


def refusal_look(reason: RefusalReason) -> RefusalLook:
    match reason:
        case "allowance_exhausted":
            return RefusalLook("", "x", alert=True)
        case "not_in_plan":
            return RefusalLook("x", "cross-open", alert=False)
        case "paused":
            return RefusalLook("|", "hourglass-open", alert=False)
        case "not_subscribed":
            return RefusalLook("-", "diamond-open", alert=False)
        case "spend_cap":
            return RefusalLook("/", "triangle-up-open", alert=True)
    assert_never(reason)
