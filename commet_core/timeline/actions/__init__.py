"""What actions do to a life, a module per family of them (billing-rules 8).

An action that is impossible where it stands ends the attempt with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from commet_core.scenario.subscriptions import Action
from commet_core.timeline.actions.buying import adjust, buy_pack, top_up
from commet_core.timeline.actions.changing import adopt_version, change_plan
from commet_core.timeline.actions.granting import customer_credit, end_grant, grant
from commet_core.timeline.actions.offering import apply_offer
from commet_core.timeline.actions.pausing import cancel, pause, reactivate, resume
from commet_core.timeline.add_ons import activate, end
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life

ACTIONS: Final[Mapping[str, Callable[[Life, Action], None]]] = {
    "change_plan": change_plan,
    "cancel": cancel,
    "pause": pause,
    "resume": resume,
    "reactivate": reactivate,
    "buy_pack": buy_pack,
    "top_up": top_up,
    "adjust": adjust,
    "activate_add_on": activate,
    "end_add_on": end,
    "apply_offer": apply_offer,
    "adopt_version": adopt_version,
    "customer_credit": customer_credit,
    "grant": grant,
    "end_grant": end_grant,
}
"""What each kind of action after `start` does. Raises Impossible where it makes no sense."""


def act(life: Life, action: Action) -> None:
    """Does one action after `start`. Raises Impossible where it makes no sense."""
    if action.kind == "start":
        raise Impossible("action", "the customer has started before", "Use reactivate after a cancellation, or remove the row")
    ACTIONS[action.kind](life, action)
