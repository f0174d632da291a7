"""One customer's statement under one candidate: the ledger event by event, the invoices, and whether they add up."""

from commet_core.reports.statement.customers import ORDERS, Order, customer_place, find_customers
from commet_core.reports.statement.ledger import ledger_columns_unused, ledger_rows, ledger_table
from commet_core.reports.statement.statement import Statement, statement_of
from commet_core.reports.statement.totals import Totals, features_used, largest_invoice, tie_out, totals

__all__ = [
    "ORDERS",
    "Order",
    "Statement",
    "Totals",
    "customer_place",
    "features_used",
    "find_customers",
    "largest_invoice",
    "ledger_columns_unused",
    "ledger_rows",
    "ledger_table",
    "statement_of",
    "tie_out",
    "totals",
]
