"""What people read: comparison, margin, statement, quote. Tables and words, from replays alone."""
