"""How the figures of the Compare page are worked out, in words."""

from __future__ import annotations

from commet_core.foundation.vocabulary import REFUSAL_REASONS
from commet_core.foundation.wording import refusal_meaning, refusal_name

REASONS = "; ".join(f"*{refusal_name(reason)}*: {refusal_meaning(reason)}" for reason in REFUSAL_REASONS)

METHOD = (
    "Every event of every customer is replayed in time order against each candidate's plan, as a billing system would. "
    "Everything on this page is added up from the invoices and refusals of that replay.\n\n"
    "- **Monthly revenue**: all that was invoiced in the window ÷ its months; days of a month that is not whole count as "
    "their part of it. Every invoice line is rounded once, to the currency's minor unit.\n"
    "- **In which month an invoice counts**: the month of its issue. The base price is invoiced in advance, overage at "
    "its period's end, packs and top-ups when they are bought. A period that the window cuts "
    "off is closed at the window's end, and that closing invoice counts in the last month, as a part of its own.\n"
    "- **What a customer pays a month**: what it was billed ÷ its billing periods; a week counts as 12/52 of a month; a "
    "quarterly or yearly price counts as a third or a twelfth a month, so that intervals compare.\n"
    "- **Median customer**: of what customers pay a month, the middle one; of an even number, the mean of the middle two.\n"
    "- **Share of usage refused**: refused events ÷ events asked for. Where rows are totals: refused "
    "units ÷ units, features weighted by their rows.\n"
    f"- **Reasons**: {REASONS}.\n"
    "- **Earned**: a base price is earned day by day over its interval, an overage in the period of its usage, purchased "
    "credits when they are used, the oldest first, at the price paid for them, top-ups when they are used or lapse at the "
    "reset. A one-time price is earned over twelve months. Overage that is invoiced at a period's end counts in the "
    "month of that day.\n"
    "- **Outstanding**: what is billed and not earned yet. Billed = earned + change in outstanding, exactly, for every "
    "customer and billing period; the table “accounts” of the downloads has them all.\n"
    "- **Forfeited, as an amount**: plan credits that lapsed × the plan's price for one (price of an interval ÷ credits "
    "included in it), and included balance that lapsed. It is part of what base prices earned.\n"
    "- **Cost to serve**: units served × the feature's cost per unit (Plans → Features); requests to AI models cost what their "
    "tokens do, without a margin. **Margin** = earned − cost to serve. A customer is served at a loss when it "
    "earned less than it cost.\n"
    "- **Who is on which plan**: every customer counts once at its first day in the window and once at the last. A move is "
    "every step from one plan, interval or state to another; starts are none. An overage counts on the plan under which it "
    "was used, the credit for unused days on the plan that follows.\n"
    "- **Winners and losers**: what a customer is billed over the window, less what it is billed under the baseline. Who pays less and was refused part of its usage is no winner, and counted apart.\n"
    "- **Forfeited and in hand**: plan credits and balance lapse at the reset; purchased credits never do.\n"
    "- **Who buys**: a customer buys packs or tops up when short, within the limits above. Where fewer "
    "than 100 % buy, the seed, the customer and the period decide, so that the same link shows the same figures."
)
