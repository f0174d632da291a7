"""An explanation: which billing rules decided for this customer, with its own figures."""

from __future__ import annotations

from decimal import Decimal

from commet_core.foundation.days import UTC_NAME
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import format_amount, minor_decimals
from commet_core.foundation.wording import counted_were
from commet_core.rating.admission import REFUSED_NOT_IN_PLAN
from commet_core.reports.statement import Statement
from commet_core.reports.statement.beyond_words import beyond_sentences
from commet_core.reports.statement.further_words import further_sentences
from commet_core.reports.statement.life_reasons import life_reasons
from commet_core.reports.statement.model_reasons import MODEL_REASONS
from commet_core.reports.statement.reasons import Reason, kinds_met, refused_count
from commet_core.timeline.treatments import AI_MODEL, UNLIMITED


def explanation(statement: Statement) -> list[Reason]:
    """How the statement came about: the rules that decided for this customer, with its own figures."""
    of_model = MODEL_REASONS.get(statement.run.model.name)
    return [
        _calendar_reason(statement),
        _admission_reason(statement),
        *life_reasons(statement),
        *([] if of_model is None else of_model(statement)),
        *_shared_reasons(statement),
    ]


def _calendar_reason(statement: Statement) -> Reason:
    scenario, timeline, segments = statement.replayed.scenario, statement.run.timeline, statement.segments
    stages = [statement.run.stages[stage] for stage in statement.segment_stages.tolist()]
    first = next((number for number, stage in enumerate(stages) if stage.plan is not None), None)
    if first is None:
        return Reason("The subscription does not start in the window; what is asked for before it is refused.", "2.5, 3.3")
    start = int(timeline.phases.starts[timeline.segment_phases[segments][first]])
    why = "the day of the first event" if scenario.start == "first_use" else "the start of the window"
    if any(row.customer_id == statement.customer_id and row.action == "start" for row in scenario.subscriptions):
        why = "as its start in the subscriptions says"
    begins = f"starts on {day_words(statement.time(start))}, {why}"
    if start < timeline.window.span(timeline.days)[0]:
        begins = "is older than the window"
    every = "every 7 days" if stages[first].weekly else "every month"
    plan, rules = statement.run.catalog.plans[stages[first].plan or ""], ["2.2", "2.3", "2.5"]
    since = "from its start the allowance resets"
    if plan.billing_day is not None:
        since = f"the allowance resets on the billing day, day {plan.billing_day},"
    when = "at 00:00 UTC"
    if statement.zone != UTC_NAME:
        when, rules = f"with the first instant of the day in {statement.zone}", [*rules, "2.7"]
    words = f"The subscription {begins}; {since} {every}, {when}."
    if any(stage.stub is not None for stage in stages):
        words += (
            " The days up to the first billing day are a stub: a period of its own, with its days' part of price and allowance."
        )
    return Reason(words, ", ".join(rules))


def _admission_reason(statement: Statement) -> Reason:
    if statement.replayed.scenario.rows == "aggregate":
        whole = "; a row that its tokens price is served whole or refused whole" if AI_MODEL in kinds_met(statement) else ""
        return Reason(
            "Each row is a total of many requests: as many whole units are served as can be paid for, the rest is refused"
            f"{whole}.",
            "3.2",
        )
    return Reason("Events are taken in order of time; each is served whole or refused whole.", "3.1, 3.2")


def _shared_reasons(statement: Statement) -> list[Reason]:
    run, reasons = statement.run, []
    kinds = kinds_met(statement)
    if UNLIMITED in kinds:
        reasons.append(Reason("An unlimited feature is always served and costs nothing.", "3.5"))
    missing = refused_count(statement, REFUSED_NOT_IN_PLAN)
    if missing:
        reasons.append(
            Reason(
                f"What the plan does not have is refused: {counted_were(missing, 'event')} refused, being of a feature outside the plan.",
                "3.3",
            )
        )
    reasons += [Reason(sentence, rule) for sentence, rule in (*further_sentences(statement), *beyond_sentences(statement))]
    if run.plan.free:
        reasons.append(Reason("The plan is free: there is no base price, and invoices are for purchases only.", "7.1, 12"))
    if bool(run.timeline.in_hand[statement.segments.stop - 1]):
        reasons.append(
            Reason(
                "The window's end cuts the last period off: its overage so far is on a closing invoice, issued there.", "2.6"
            )
        )
    smallest = format_amount(Decimal(1).scaleb(-minor_decimals(statement.currency)), statement.currency)
    reasons.append(Reason(f"Each invoice line is rounded once, half up, to {smallest}; nothing else is rounded.", "1.3"))
    return reasons
