"""What plans of the draft are called in lists and select boxes."""

from __future__ import annotations

from commet_core.foundation.money import symbol
from commet_core.foundation.wording import a_interval
from commet_core.scenario.drafts import Design, name_of, plans_of
from pages.shared.palette import MODEL_NAMES


def plan_label(design: Design, code: str) -> str:
    """`Pro (Metered)`."""
    return f"{name_of(design, 'plans', code)} ({MODEL_NAMES[design.group('plans')[code]['consumption_model']]})"


def line_up_label(design: Design, group: str) -> str:
    """`Metered line-up, Starter to Pro`."""
    inside = plans_of(design, {"group": group})
    names = [name_of(design, "plans", plan) for plan in inside]
    span = f"{names[0]} to {names[-1]}" if len(names) > 1 else names[0]
    return f"{MODEL_NAMES[design.group('plans')[inside[0]]['consumption_model']]} line-up, {span}"


def prices_label(design: Design, code: str, free: str = "free") -> str:
    """`$20 · $200 a year`, as typed, a month unless it is said; `free`: what it says without prices."""
    sign = symbol(str(design.document.get("currency", "")))
    prices = design.group("plans").get(code, {}).get("prices") or {}
    said = (f"{sign}{price}{'' if interval == 'monthly' else f' {a_interval(interval)}'}" for interval, price in prices.items())
    return " · ".join(said) or free
