"""The tables of a result folder, as lists of rows (interfaces.md)."""

from collections.abc import Sequence
from decimal import Decimal

from .accounts import account_rows
from .admission import ALLOWANCE_EXHAUSTED, NOT_IN_PLAN, NOT_SUBSCRIBED, SPEND_CAP, WHILE_PAUSED
from .amounts import ZERO, rounded_half_up
from .events import Row
from .held import KINDS
from .records import FeatureCount, Invoice, Record, metered_overage_units, overage_lines
from .subscription import Subscription


def shared_by_cumulative_rounding(exact_amounts: Sequence[Decimal], digits: int) -> list[Decimal]:
    """Rounded parts that add up to the rounded whole."""
    shares, exact, rounded = [], ZERO, ZERO
    for amount in exact_amounts:
        exact += amount
        shares.append(rounded_half_up(exact, digits) - rounded)
        rounded = rounded_half_up(exact, digits)
    return shares


def plan_code(record: Record) -> str | None:
    return record.terms.plan if record.terms else None


def feature_amounts(record: Record, model: str, digits: int) -> list[Decimal | None]:
    """The invoiced overage of each feature; None under credits, which have none."""
    counts = record.features()
    if model == "credits":
        return [None for _ in counts]
    if model == "balance":
        below_zero = [record.below_zero.get(code, ZERO) for code in counts]
        return list(shared_by_cumulative_rounding(below_zero, digits))
    lines = overage_lines(record)
    return [sum((line.amount(digits) for line in lines if line.item == code), ZERO) for code in counts]


def feature_period_row(record: Record, model: str, code: str, count: FeatureCount) -> Row:
    credits_used = count.total("plan_credits") + count.total("purchased_credits")
    return {
        "plan": plan_code(record),
        "period_index": record.index,
        "feature": code,
        "demanded": count.demanded,
        "served": count.total("served"),
        "blocked": count.demanded - count.total("served"),
        "overage_units": metered_overage_units(code, count, record.terms, record.free_units.get(code, ZERO))
        if model == "metered"
        else None,
        "credits": credits_used if model == "credits" else None,
        "events": len(count.outcomes),
        "served_events": len(count.outcomes) - count.blocked_events,
        "blocked_events": count.blocked_events,
        "blocked_reason": count.blocked_reason,
        "corrected": count.total("corrected"),
        "cost": count.total("cost") if model == "balance" else None,
    }


def feature_period_rows(key: Row, record: Record, model: str, digits: int) -> list[Row]:
    amounts = feature_amounts(record, model, digits)
    return [
        {**key, **feature_period_row(record, model, code, count), "amount": amount}
        for (code, count), amount in zip(record.features().items(), amounts, strict=True)
    ]


def period_money(record: Record, digits: int) -> Row:
    """What was charged because of this period, as rounded on the invoices."""

    def charged(kind: str) -> Decimal:
        return sum((line.amount(digits) for line in record.charges if line.kind == kind), ZERO)

    parts = {
        "customer_credit": record.customer_credit,
        "plan_base": charged("plan_base"),
        "discount": charged("discount") + charged("promo_code_discount"),
        "credit": charged("credit"),
        "overage": sum((line.amount(digits) for line in overage_lines(record)), ZERO),
        "purchases": sum((line.amount(digits) for line in record.purchases), ZERO),
        "commitment": sum((line.amount(digits) for line in record.committed), ZERO),
        "addons": charged("addon_base") + sum((line.amount(digits) for line in record.activated), ZERO),
    }
    held = sum((charged(kind) + record.true_ups.get(kind, ZERO) for kind in KINDS.values()), ZERO)
    return {**parts, "billed": sum(parts.values(), held)}


def period_credits(record: Record, model: str) -> Row:
    """5: what is left of the plan credits is forfeited; where only the window's end cuts it is still in hand."""
    unused, in_hand = record.allowance_left, record.cut_by_window
    row = {
        "plan_credits_granted": record.granted,
        "plan_credits_used": record.total("plan_credits"),
        "plan_credits_forfeited": ZERO if in_hand else unused - record.rolled_out,
        "plan_credits_rolled_in": sum(record.rolled_in, ZERO),
        "plan_credits_rolled_out": record.rolled_out,
        "plan_credits_in_hand": unused if in_hand else ZERO,
        "purchased_credits_opening": record.purchased_credits_opening,
        "purchased_credits_bought": record.bought("credit_pack"),
        "purchased_credits_used": record.total("purchased_credits"),
        "purchased_credits_expired": record.expired,
        "plan_credits_adjusted": record.given - record.taken,
        "purchased_credits_adjusted": record.purchased_adjusted,
        "purchased_credits_closing": record.purchased_credits_closing,
    }
    return row if model == "credits" else dict.fromkeys(row)


def period_balance(record: Record, model: str) -> Row:
    """6: exact amounts; what is left is forfeited, top-ups included, unless only the window's end cuts."""
    unused, in_hand = record.allowance_left, record.cut_by_window
    row = {
        "balance_granted": record.granted,
        "balance_topped_up": record.bought("top_up"),
        "balance_used": record.total("cost"),
        "balance_overage": sum(record.below_zero.values(), ZERO),
        "balance_forfeited": ZERO if in_hand else unused - record.rolled_out,
        "balance_rolled_in": sum(record.rolled_in, ZERO),
        "balance_rolled_out": record.rolled_out,
        "balance_in_hand": unused if in_hand else ZERO,
        "balance_adjusted": record.given - record.taken,
    }
    return row if model == "balance" else dict.fromkeys(row)


def event_counts(records: Sequence[Record]) -> Row:
    reasons = [outcome.reason for record in records for _, outcome in record.outcomes]
    blocked = sum(reason is not None for reason in reasons)
    return {"events": len(reasons), "served_events": len(reasons) - blocked, "blocked_events": blocked}


def period_row(key: Row, record: Record, model: str, digits: int) -> Row:
    return {
        **key,
        "plan": plan_code(record),
        "period_index": record.index,
        "state": record.state,
        "period_start": record.start,
        "period_end": record.end,
        "closed_early": record.closed_early,
        "version": record.version,
        "stub": record.stub,
        **event_counts([record]),
        **period_money(record, digits),
        "blocked_spend_cap_events": sum(outcome.reason == SPEND_CAP for _, outcome in record.outcomes),
        "free_beyond_cap": rounded_half_up(record.free_value, digits),
        **period_credits(record, model),
        **period_balance(record, model),
    }


def customer_row(key: Row, records: Sequence[Record], digits: int) -> Row:
    """The customer's periods added up; 3.4: with every refusal by its reason, and the first one's time."""
    money = [period_money(record, digits) for record in records]
    refused = [(event, outcome) for record in records for event, outcome in record.outcomes if outcome.reason]
    reasons = [outcome.reason for _, outcome in refused]
    return {
        **key,
        "plan": plan_code(records[-1]),
        **{name: sum((row[name] for row in money), ZERO) for name in money[0]},
        **event_counts(records),
        "blocked_allowance_events": reasons.count(ALLOWANCE_EXHAUSTED),
        "blocked_not_in_plan_events": reasons.count(NOT_IN_PLAN),
        "blocked_paused_events": reasons.count(WHILE_PAUSED),
        "blocked_not_subscribed_events": reasons.count(NOT_SUBSCRIBED),
        "blocked_spend_cap_events": reasons.count(SPEND_CAP),
        "free_beyond_cap": sum((rounded_half_up(record.free_value, digits) for record in records), ZERO),
        "first_blocked_at": min((event.timestamp for event, _ in refused), default=None),
    }


def invoice_rows(key: Row, invoices: Sequence[Invoice]) -> list[Row]:
    """12, 8.2: numbered from 1; a total below zero is carried to the next ones."""
    rows, carried = [], ZERO
    for number, invoice in enumerate(invoices, start=1):
        balance = invoice.total + carried
        rows.append(
            {
                **key,
                "invoice_number": number,
                "kind": invoice.kind,
                "issued_at": invoice.issued_at,
                "period_start": invoice.period_start,
                "period_end": invoice.period_end,
                "total": invoice.total,
                "carried_in": carried,
                "amount_due": max(ZERO, balance),
            }
        )
        carried = min(ZERO, balance)
    return rows


def line_rows(key: Row, number: int, invoice: Invoice) -> list[Row]:
    return [
        {
            **key,
            "invoice_number": number,
            "line_number": line_number,
            "kind": line.kind,
            "item": line.item,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "amount": amount,
            "charge": line.charge,
            "tier": line.tier,
            "version": line.version,
            "days": line.days,
        }
        for line_number, (line, amount) in enumerate(invoice.lines, start=1)
    ]


def correction_rows(key: Row, record: Record) -> list[Row]:
    """15.7: every row below zero, and what it gave back."""
    return [
        {
            **key,
            "at": event.timestamp,
            "feature": event.feature,
            "asked": -event.value,
            "offset": outcome.corrected,
            "not_offset": -event.value - outcome.corrected,
        }
        for event, outcome in record.outcomes
        if event.value < ZERO
    ]


def note_rows(key: Row, record: Record) -> list[Row]:
    return [{**key, **note._asdict()} for note in record.notes]


def alert_rows(key: Row, record: Record) -> list[Row]:
    """15.5: by time; of one moment that of seats is first, and that of the cap last."""
    reached = [] if record.reached_at is None else [(record.reached_at, None, "spend_cap.reached")]
    rows = sorted([*record.alerts, *reached], key=lambda alert: (alert[0], alert[2] != "seats.limit_reached"))
    return [{**key, "at": at, "period_index": record.index, "feature": feature, "alert": alert} for at, feature, alert in rows]


def add_customer(tables: dict[str, list[Row]], key: Row, subscription: Subscription, model: str) -> None:
    """One customer of one candidate in every table."""
    digits, records = subscription.market.minor_digits, subscription.records
    if subscription.redemption:
        at, code, reason = subscription.redemption
        tables["redemptions"].append({**key, "at": at, "promo_code": code, "accepted": reason is None, "reason": reason})
    tables["customers"].append(customer_row(key, records, digits))
    for record in records:
        tables["periods"].append(period_row(key, record, model, digits))
        tables["alerts"] += alert_rows(key, record)
        tables["notes"] += note_rows(key, record)
        tables["corrections"] += correction_rows(key, record)
        tables["feature_periods"] += feature_period_rows(key, record, model, digits)
    tables["invoices"] += invoice_rows(key, subscription.invoices)
    for number, invoice in enumerate(subscription.invoices, start=1):
        tables["invoice_lines"] += line_rows(key, number, invoice)
    money = [period_money(record, digits) for record in records]
    for row, record in zip(account_rows(key, records, money, digits), records, strict=True):
        in_hand = record.purchased_credits_closing if model == "credits" else None
        tables["accounts"].append({**row, "credits_outstanding": in_hand})
