"""A forecast as people read it: the sentences on top, its record, the fan of each candidate, and what it is made of."""
