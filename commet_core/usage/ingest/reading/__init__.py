"""Rows read by one set of rules, whatever they come from: each is usable, as integers in a spool, or a reject."""
