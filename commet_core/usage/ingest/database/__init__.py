"""Usage from Postgres: a query's rows, streamed and read by the same rules as a file."""
