"""A replay: every candidate over every customer's events, its laws, its money earned and billed, its tables and result folder."""
