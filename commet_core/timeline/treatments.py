"""Treatments: how what a customer is on treats a feature."""

from __future__ import annotations

from typing import Final

UNLIMITED: Final = 0
PRICED: Final = 1
LIMITED: Final = 2
AI_MODEL: Final = 3
NOT_IN_PLAN: Final = 4
PAUSED: Final = 5
NOT_SUBSCRIBED: Final = 6
"""How a stage treats a feature. LIMITED is a metered feature without an overage price, AI_MODEL one on a balance plan whose
requests cost what their tokens do (billing-rules 11); from NOT_IN_PLAN on a feature is refused."""
