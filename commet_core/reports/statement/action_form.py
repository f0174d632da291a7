"""What a form asks of an action that is tried on a customer: a line for each kind in `ASKED` (interfaces.md, Subscriptions)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from commet_core.catalog.plans import Catalog
from commet_core.foundation.formats import day_words
from commet_core.foundation.vocabulary import ADJUSTED, ADJUSTED_IN_MONEY, ActionKind
from commet_core.reports.statement import Statement, acting
from commet_core.reports.statement.action_words import add_on_name, feature_words, offer_name
from commet_core.reports.statement.spells import spells
from commet_core.timeline.stages import Stage


@dataclass(frozen=True)
class Option:
    """A choice: what it is called, and what it puts into cells of the row."""

    words: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """A field of the form.

    name     tells it from the fields of other kinds
    columns  of the row, that it fills; what is wrong there is said below it
    options  by code; None where one types into the first column
    first    what it says before anybody chose or typed; None where there is nothing to choose
    is_day   one chooses a day, or none
    """

    name: str
    label: str
    columns: tuple[str, ...]
    options: Mapping[str, Option] | None = None
    first: str | None = ""
    is_day: bool = False


MakeField = Callable[[Statement, datetime], Field | None]
"""A field at a moment of the customer's window; None where there is nothing to say."""


@dataclass(frozen=True)
class Asked:
    """What is asked of an action of a kind.

    fields   in the order in which they stand
    allowed  whether the customer can do it at all; besides, each field with options needs one at some time
    of_one   it names a plan, or what only one consumption model has: it means nothing to candidates on other plans
    repeats  the same again is another action, and not one that is tried already
    begins   it is about the day on which the customer starts
    """

    fields: tuple[MakeField, ...] = ()
    allowed: Callable[[Statement], bool] = lambda _: True
    of_one: bool = False
    repeats: bool = False
    begins: bool = False


def _chosen(name: str, label: str, column: str, words: Mapping[str, str]) -> Field:
    """A choice among codes that stand in one cell; the first is chosen at first."""
    options = {code: Option(said, {column: code}) for code, said in words.items()}
    return Field(name, label, (column,), options, next(iter(options), None))


def _typed(name: str, label: str, column: str, first: str = "") -> MakeField:
    return lambda statement, _at: Field(name, label.format(currency=statement.currency.upper()), (column,), None, first)


def _change(statement: Statement, at: datetime) -> Field:
    catalog, usual = statement.replayed.scenario.catalog, acting.usual_change(statement, at)
    options = {
        _code(stage): Option(acting.change_words(catalog, stage), {"plan": stage.plan or "", "interval": stage.interval or ""})
        for stage in acting.changes_at(statement, at)
    }
    return Field("plan", "To", ("plan", "interval"), options, None if usual is None else _code(usual))


def _change_when(_statement: Statement, _at: datetime) -> Field:
    words = {"": "Up at once, down at the renewal", "now": "At once", "period_end": "At the renewal"}
    return _chosen("change_when", "When it takes effect", "when", words)


def _code(stage: Stage) -> str:
    return f"{stage.plan} {stage.interval}"


def _pack(statement: Statement, at: datetime) -> Field:
    catalog = statement.replayed.scenario.catalog
    return _chosen("pack", "Pack", "item", {code: acting.pack_words(catalog, code) for code in acting.packs_at(statement, at)})


def _cancel_when(_statement: Statement, _at: datetime) -> Field:
    return _chosen("when", "When it takes effect", "when", {"period_end": "At the end of what is paid for", "now": "At once"})


def _adjusted(statement: Statement, _at: datetime) -> Field:
    in_money = statement.run.sells("top_ups")
    able = [item for item in ADJUSTED if (item in ADJUSTED_IN_MONEY) == in_money]
    there = able if in_money or statement.run.sells("packs") else []
    return _chosen("adjusted", "Of what", "item", {item: item.replace("_", " ").capitalize() for item in there})


def _adjustment(statement: Statement, _at: datetime) -> Field:
    what = statement.currency.upper() if statement.run.sells("top_ups") else "in credits"
    return Field("adjustment", f"Amount, {what}; below zero it is taken", ("amount",), None, "20")


def _level(statement: Statement, _at: datetime) -> Field:
    catalog = statement.replayed.scenario.catalog
    return _chosen("level", "Of what", "item", {code: feature_words(catalog, code) for code in catalog.level_features})


def _add_on(statement: Statement, at: datetime) -> Field:
    catalog = statement.replayed.scenario.catalog
    return _chosen("add_on", "Add-on", "item", {code: add_on_name(catalog, code) for code in acting.add_ons_at(statement, at)})


def _offers(catalog: Catalog, *, with_trial: bool) -> dict[str, str]:
    return {code: offer_name(catalog, code) for code, offer in catalog.offers.items() if with_trial or not offer.trial_days}


def _offer(statement: Statement, _at: datetime) -> Field:
    return _chosen("offer", "Offer", "item", _offers(statement.replayed.scenario.catalog, with_trial=False))


def _perhaps(name: str, label: str, column: str, words: Mapping[str, str]) -> Field | None:
    """A choice that may be left; no field where there is nothing to choose."""
    return _chosen(name, label, column, {"": "None", **words}) if words else None


def _perhaps_offer(statement: Statement, _at: datetime) -> Field | None:
    offers = _offers(statement.replayed.scenario.catalog, with_trial=False)
    return _perhaps("with_offer", "With an offer", "item", offers)


def _start_offer(statement: Statement, _at: datetime) -> Field | None:
    offers = _offers(statement.replayed.scenario.catalog, with_trial=True)
    return _perhaps("start_offer", "With an offer", "item", offers)


def _start_plan(statement: Statement, _at: datetime) -> Field | None:
    """On which plan it starts: nobody chooses where a line-up decides that itself."""
    catalog, starts = statement.replayed.scenario.catalog, acting.starts_of(statement)
    if not starts or not _is_free_to_change(statement):
        return None
    options = {
        _code(stage): Option(acting.change_words(catalog, stage), {"plan": stage.plan or "", "interval": stage.interval or ""})
        for stage in starts
    }
    own = Option("The candidate's plan", {"plan": "", "interval": ""})
    return Field("start_plan", "On", ("plan", "interval"), {"": own, **options})


def _promo_code(statement: Statement, _at: datetime) -> Field | None:
    codes = statement.replayed.scenario.catalog.promo_codes
    return _perhaps(
        "promo_code", "With a promo code", "promo_code", {code: promo.name or code for code, promo in codes.items()}
    )


def _granted(statement: Statement, at: datetime) -> Field:
    catalog = statement.replayed.scenario.catalog
    return _chosen(
        "granted", "Plan", "plan", {code: catalog.plans[code].name or code for code in acting.grants_at(statement, at)}
    )


def _until(statement: Statement, _at: datetime) -> Field:
    return Field("until", f"Until a day ({statement.zone}), optional", ("until",), is_day=True)


def _version(statement: Statement, at: datetime) -> Field:
    plan = acting.plan_at(statement, at)
    days = [] if plan is None else [version["from"] for version in plan.versions]
    words = {"": "The latest by then", **{day: f"That of {day_words(date.fromisoformat(day))}" for day in days}} if days else {}
    return _chosen("version", "Version", "item", words)


def _adopted_when(_statement: Statement, _at: datetime) -> Field:
    words = {"next_cycle": "Worse terms with the next cycle", "now": "Worse terms at once too"}
    return _chosen("adopted_when", "When it holds", "when", words)


def _is_free_to_change(statement: Statement) -> bool:
    """Where a line-up decides itself who is on which plan, nobody changes the plan."""
    return not statement.run.candidate.decides


def _sells(what: str) -> Callable[[Statement], bool]:
    return lambda statement: statement.run.plan.sells == what


def _can_leave(statement: Statement) -> bool:
    """What is paid once cannot be canceled (billing-rules 8.4)."""
    return not all(spell.stage.interval == "one_time" and spell.stage.state != "trial" for spell in spells(statement))


def _can_be_granted(statement: Statement) -> bool:
    return any(acting.grants_at(statement, spell.start) for spell in spells(statement))


def _starts_by_itself(statement: Statement) -> bool:
    """No row says when the customer starts, and there is something to start with."""
    catalog = statement.replayed.scenario.catalog
    rows = statement.replayed.scenario.subscriptions
    begun = any(row.action == "start" and row.customer_id == statement.customer_id for row in rows)
    elsewhere = _is_free_to_change(statement) and acting.starts_of(statement)
    return not begun and bool(catalog.promo_codes or catalog.offers or elsewhere)


ASKED: Final[Mapping[ActionKind, Asked]] = {
    "change_plan": Asked((_change, _change_when, _perhaps_offer), _is_free_to_change, of_one=True),
    "buy_pack": Asked((_pack,), _sells("packs"), of_one=True, repeats=True),
    "top_up": Asked((_typed("amount", "Amount, {currency}", "amount", "20"),), _sells("top_ups"), of_one=True, repeats=True),
    "adjust": Asked((_adjusted, _adjustment), of_one=True, repeats=True),
    "set_level": Asked((_level, _typed("held", "How many are held from then on", "amount", "1"))),
    "change_level": Asked((_level, _typed("more", "How many more, or below zero fewer", "amount", "1")), repeats=True),
    "activate_add_on": Asked((_add_on,), of_one=True),
    "end_add_on": Asked((_add_on,), of_one=True),
    "apply_offer": Asked((_offer,)),
    "customer_credit": Asked((_typed("credit", "Amount, {currency}", "amount", "20"), _until), repeats=True),
    "grant": Asked((_granted, _until, _typed("cycles", "Or for so many billing cycles", "cycles")), of_one=True),
    "end_grant": Asked((), _can_be_granted, of_one=True),
    "adopt_version": Asked((_version, _adopted_when), of_one=True),
    "start": Asked((_start_plan, _promo_code, _start_offer), _starts_by_itself, begins=True),
    "pause": Asked(),
    "resume": Asked(),
    "cancel": Asked((_cancel_when,), _can_leave),
    "reactivate": Asked((_perhaps_offer,), _can_leave),
}
"""In the order in which they are offered."""


def possible_kinds(statement: Statement) -> list[ActionKind]:
    """The kinds of action that the customer's plans allow at some time, in the order in which they are offered."""
    return [kind for kind, asked in ASKED.items() if asked.allowed(statement) and _has_choices(statement, kind)]


def _has_choices(statement: Statement, kind: ActionKind) -> bool:
    moments = [spell.start for spell in spells(statement)]
    return any(all(field.options != {} for field in fields_of(statement, kind, at)) for at in moments)


def fields_of(statement: Statement, kind: ActionKind, at: datetime) -> list[Field]:
    """The fields of an action at a moment of the customer's window."""
    return [field for field in (make(statement, at) for make in ASKED[kind].fields) if field is not None]


def filled(fields: Iterable[Field], entered: Mapping[str, str]) -> dict[str, str]:
    """The cells of the row. entered: by a field's name the code that is chosen, or what was typed."""
    cells: dict[str, str] = {}
    for field in fields:
        said = entered.get(field.name, "")
        if field.options is None:
            cells[field.columns[0]] = said
        elif said in field.options:
            cells |= field.options[said].cells
    return cells
