"""From figures to a decision (decisions.md): how sure a difference is, why it is there, and what would turn it."""
