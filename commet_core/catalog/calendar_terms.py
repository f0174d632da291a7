"""What a catalog may say of the billing calendar: a billing day for everybody, and a time zone (billing-rules 2.2, 2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from commet_core.foundation.days import UTC_NAME
from commet_core.foundation.documents import Whole, nearest
from commet_core.foundation.errors import Problem

BILLING_DAY_MAX: Final = 28
"""Every month has it."""

BillingDay = Annotated[Whole, Field(ge=1, le=BILLING_DAY_MAX)]


def _zone(raw: object) -> str:
    """The IANA name of a time zone; in whatever case it was written."""
    if isinstance(raw, str):
        name = raw.strip()
        if name.upper() == UTC_NAME:
            return UTC_NAME
        if name in available_timezones():
            return ZoneInfo(name).key
    fix = nearest_zone(raw) if isinstance(raw, str) else "Write its name, such as Europe/Berlin or America/New_York"
    raise PydanticCustomError("wrong", "{what}", {"what": f"{raw!r} is not a time zone", "fix": fix})


def nearest_zone(name: str) -> str:
    """Advice after a name that is no time zone: the one that is meant, where that can be told."""
    zones = sorted(available_timezones())
    by_city: dict[str, list[str]] = {}
    for zone in zones:
        by_city.setdefault(zone.rsplit("/", 1)[-1].lower(), []).append(zone)
    asked = name.strip().replace(" ", "_")
    same = [zone for zone in zones if zone.lower() == asked.lower()] or by_city.get(asked.rsplit("/", 1)[-1].lower(), [])
    if same:
        return f"Did you mean {same[0]}?"
    advice = nearest(asked, zones)
    known = "Write its IANA name, such as Europe/Berlin, America/New_York or UTC"
    return advice if advice.startswith("Did you mean") else known


TimeZone = Annotated[str, BeforeValidator(_zone)]


def billing_day_problems(path: str, plan: Any) -> list[Problem]:
    """What of a plan, as a document has it, does not go with its billing day."""
    if not isinstance(plan, Mapping) or plan.get("billing_day") is None:
        return []
    prices = plan.get("prices")
    if isinstance(prices, Mapping) and "weekly" in prices:
        what = "weeks begin on no day of the month, and the plan has a weekly price"
        return [Problem(f"{path}.billing_day", what, "Remove billing_day, or the weekly price")]
    return []
