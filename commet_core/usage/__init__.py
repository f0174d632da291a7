"""What customers asked for: events as columns, grouped by customer; read from files, kept in stores, generated, profiled."""
