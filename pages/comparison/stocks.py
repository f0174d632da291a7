"""Credits and balance: what was granted and bought, used, forfeited and left."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount, plain
from commet_core.reports.compare.behind import places_used, total
from commet_core.reports.compare.stocks import Stock
from pages.comparison import figures
from pages.comparison.customer_list import ROWS_SHOWN, customer_list, one_of, search_box
from pages.shared.tables import escaped, money_column


def stocks(replayed: Replay) -> None:
    """What was granted and bought, used, forfeited and left, of all customers and, where they are in one market, of each."""
    found = _all_together(replayed)
    if not found or replayed.in_markets:
        return
    candidates = list(dict.fromkeys(stock.candidate for stock in found))
    _leftover_table(replayed, one_of("Customers of", candidates, "compare_leftover"))


def _all_together(replayed: Replay) -> list[Stock]:
    """The stocks of all customers; balances of customers in several markets by currency."""
    found = figures.stocks(replayed)
    if not found:
        st.info("Only credits and balance plans have something to forfeit; these candidates are all metered.")
        return []
    several = len({stock.currency for stock in found if stock.currency}) > 1
    for stock in found:
        st.markdown(_stock_in_words(stock, tells_currency=several))
    st.caption(
        "Forfeited: plan credits and balance that were unused at a reset (top-ups included). In hand: what periods that the "
        "window's end cut off still hold, what rolls over just then, and purchased credits that have not expired."
    )
    return found


def _stock_in_words(stock: Stock, *, tells_currency: bool) -> str:
    """The law of the stock with its figures: what came in is what was used, forfeited or is in hand."""

    def said(amount: Decimal) -> str:
        return plain(amount) if stock.currency is None else format_amount(amount, stock.currency)

    came_in = [(stock.granted, "granted"), (stock.bought, "bought"), (stock.overage, "below zero")]
    expired = [(stock.expired, "expired")] if stock.expired else []
    went = [(stock.used, "used"), (stock.forfeited, "forfeited"), *expired, (stock.in_hand, "in hand")]
    left = " + ".join(f"{said(amount)} {word}" for amount, word in came_in if amount) or said(stock.granted)
    right = " + ".join(f"{said(amount)} {word}" for amount, word in went)
    share = f" Forfeited: {percent(stock.forfeited_share)} of what came in." if stock.kind != "purchased credits" else ""
    kind = "" if stock.kind == stock.candidate.lower() else f", {stock.kind}"
    kind += f" in {stock.currency.upper()}" if tells_currency and stock.currency else ""
    return f"**{escaped(stock.candidate)}{kind}**: {escaped(f'{left} = {right}.{share}')}"


def _leftover_table(replayed: Replay, name: str) -> None:
    table, currency = figures.leftovers(replayed, name), replayed.currency
    in_money = any(stock.kind.unit == "money" for stock in replayed.run(name).flows)
    labels = {
        "granted": "Granted",
        "bought": "Topped up" if in_money else "Bought",
        **({"overage": "Below zero"} if in_money else {}),
        "used": "Used",
        "forfeited": "Forfeited",
        **({"expired": "Expired"} if "expired" in table.column_names else {}),
        "in_hand": "In hand",
    }
    found, count = customer_list(
        table,
        {
            column: money_column(label, currency)
            if in_money
            else st.column_config.NumberColumn(label, format=f"%,.{places_used(table.slice(0, ROWS_SHOWN), column)}f")
            for column, label in labels.items()
        },
        search_box("compare_leftover_search"),
        key=f"compare_leftover_table_{name}",
        candidate=name,
        alt="What each customer was granted, used and forfeited, who forfeited most first",
    )
    amounts = [total(found, column) for column in ("forfeited", "in_hand")]
    sums = [format_amount(amount, currency) if in_money else plain(amount) for amount in amounts]
    st.caption(escaped(f"{count}: {sums[0]} forfeited, {sums[1]} in hand."))
