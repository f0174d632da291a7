"""Why rows could not be used: each with its line, counted by reason, all of them kept in a file."""
