"""The bridge in words: what it goes by, and its steps as rows and as a waterfall that a reader can add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commet_core.catalog.plans import Catalog
from commet_core.decide.average_customer import AverageCustomer
from commet_core.decide.bridge import Bridge, Group
from commet_core.foundation.money import decimal_of, format_amount, format_signed, minor_decimals
from commet_core.foundation.wording import capitalized, counted, listed
from commet_core.reports.compare.step_words import step_name, step_values, step_words

STEPS_TOLD: Final = 5


@dataclass(frozen=True)
class WaterfallBar:
    """A bar of the waterfall, in the currency's unit: a step's amount, or the total at an end; and the same as it is written.

    base: where it begins; a step where the one before it led, an end at nothing.
    """

    label: str
    amount: float
    total: bool
    words: str
    base: float = 0.0


def about(bridge: Bridge) -> str:
    """What the steps are, and that their order matters where it does."""
    if not bridge.steps:
        return f"{bridge.candidate} has the same terms as {bridge.baseline}, so that there is nothing to explain."
    if bridge.by_terms:
        return (
            f"From {bridge.baseline} to {bridge.candidate} one term at a time, in this order; every plan on the way is replayed. Another "
            "order would give other amounts, with the same sum."
        )
    return f"By kind of invoice line: what {bridge.candidate} bills more or less than {bridge.baseline} of each."


def why_title(bridge: Bridge, currency: str, catalog: Catalog) -> str:
    """`Balance bills $533.64 less than Metered, all by overage`; of several steps the largest is named with its amount."""
    moving = sorted((step for step in bridge.steps if step.amount), key=lambda step: -abs(step.amount))
    decimals, difference = minor_decimals(currency), bridge.difference
    if difference == 0:
        why = ": its steps add up to nothing" if moving else ""
        return f"{bridge.candidate} bills the same as {bridge.baseline}{why}"
    amount = format_amount(decimal_of(abs(difference), decimals), currency)
    said = f"{bridge.candidate} bills {amount} {'more' if difference > 0 else 'less'} than {bridge.baseline}"
    if len(moving) == 1:
        return f"{said}, all by {step_name(moving[0], catalog)}"
    largest = format_signed(decimal_of(moving[0].amount, decimals), currency)
    return f"{said}; the largest step is {step_name(moving[0], catalog)}, {largest}"


def bridge_sentence(bridge: Bridge, currency: str, catalog: Catalog) -> str:
    """`From Metered to Credits, step by step: overage -$5,690.75 and packs +$4,144.00; together -$1,546.75.`

    Kinds of line stand with the largest first, terms in the order in which they were changed, which decides their amounts.
    """
    decimals, moving = minor_decimals(currency), [step for step in bridge.steps if step.amount]
    if not moving:
        return f"From {bridge.baseline} to {bridge.candidate} no step changes what is billed."
    largest = sorted(moving, key=lambda step: -abs(step.amount))
    told = largest if len(moving) <= STEPS_TOLD + 1 else largest[:STEPS_TOLD]
    if bridge.by_terms:
        told = [step for step in moving if any(step is other for other in told)]
    said = [f"{step_words(step, catalog)} {format_signed(decimal_of(step.amount, decimals), currency)}" for step in told]
    if further := len(moving) - len(told):
        amount = decimal_of(bridge.difference - sum(step.amount for step in told), decimals)
        said.append(f"{counted(further, 'further step')} {format_signed(amount, currency)}")
    order = order_words(bridge)
    whole = format_signed(decimal_of(bridge.difference, decimals), currency)
    return " ".join(
        filter(None, [f"From {bridge.baseline} to {bridge.candidate}, step by step: {listed(said)}; together {whole}.", order])
    )


def order_words(bridge: Bridge) -> str:
    """That the order of terms decides their amounts, where several change what is billed."""
    moving = sum(bool(step.amount) for step in bridge.steps)
    return "In another order the terms would give other amounts." if bridge.by_terms and moving > 1 else ""


def step_rows(bridge: Bridge, currency: str, catalog: Catalog) -> dict[str, list[str]]:
    """The steps as columns of a table, the sum last."""
    decimals = minor_decimals(currency)
    amounts = [format_signed(decimal_of(step.amount, decimals), currency) for step in bridge.steps]
    values = [step_values(step, catalog) for step in bridge.steps]
    return {
        "Step": [*(capitalized(step_name(step, catalog)) for step in bridge.steps), "Difference"],
        "From": [*(before for before, _ in values), ""],
        "To": [*(after for _, after in values), ""],
        "Amount": [*amounts, format_signed(decimal_of(bridge.difference, decimals), currency)],
    }


def waterfall(bridge: Bridge, billed_before: int, currency: str, catalog: Catalog) -> list[WaterfallBar]:
    """From what the baseline bills, in minor units, over the steps that change anything to what the candidate bills."""
    decimals = minor_decimals(currency)
    before, after = (decimal_of(amount, decimals) for amount in (billed_before, billed_before + bridge.difference))
    bars = [WaterfallBar(bridge.baseline, float(before), True, format_amount(before, currency))]
    reached = before
    for step in (step for step in bridge.steps if step.amount):
        amount = decimal_of(step.amount, decimals)
        words = format_signed(amount, currency)
        bars.append(WaterfallBar(step_name(step, catalog), float(amount), False, words, float(reached)))
        reached += amount
    return [*bars, WaterfallBar(bridge.candidate, float(after), True, format_amount(after, currency))]


def customer_rows(bridge: Bridge, step: int, currency: str, most: int) -> dict[str, list[str]]:
    """The customers of a step, those whose amount is the largest first: columns of a table."""
    amounts = bridge.steps[step].billed
    order = [int(place) for place in (-abs(amounts)).argsort(kind="stable")[:most] if amounts[place]]
    decimals = minor_decimals(currency)
    return {
        "Customer": [bridge.customers[place].as_py() for place in order],
        "Amount": [format_signed(decimal_of(int(amounts[place]), decimals), currency) for place in order],
    }


def group_rows(groups: list[Group], currency: str) -> dict[str, list[str]]:
    """Customers by how they fare, the sum last: columns of a table."""
    decimals = minor_decimals(currency)
    return {
        "Customers who": [*(group.name for group in groups), "all"],
        "Customers": [*(f"{group.customers:,}" for group in groups), f"{sum(group.customers for group in groups):,}"],
        "Billed more or less": [
            *(format_signed(decimal_of(group.amount, decimals), currency) for group in groups),
            format_signed(decimal_of(sum(group.amount for group in groups), decimals), currency),
        ],
    }


def average_sentences(averages: Sequence[tuple[AverageCustomer | None, str]], currency: str) -> list[str]:
    """How far off plans are that are worked out with an average customer, and once, why; averages: with their candidates."""
    said = [_average_sentence(average, candidate, currency) for average, candidate in averages]
    off = any(average is not None and average.error for average, _ in averages)
    return [*said, _WHY_OFF] if off else said


_WHY_OFF: Final = "The bill of the mean is not the mean of the bills: allowances, packs and limits bend what a customer pays."


def _average_sentence(average: AverageCustomer | None, candidate: str, currency: str) -> str:
    if average is None:
        return f"For {candidate} there is no average customer: no billing period is whole, or features are priced by tokens."
    decimals = minor_decimals(currency)
    replayed, mean = (
        format_amount(decimal_of(amount, decimals), currency) for amount in (average.replayed, average.of_the_mean)
    )
    if average.error == 0:
        return f"An average customer would do here: {mean} for {counted(average.periods, 'whole period')} of {candidate}, as the replay says."
    off = format_amount(abs(decimal_of(average.error, decimals)), currency)
    return (
        f"With an average customer {candidate} would bill {mean} for its {counted(average.periods, 'whole period')}, where the replay says "
        f"{replayed}: {off} too {'much' if average.error > 0 else 'little'}."
    )
