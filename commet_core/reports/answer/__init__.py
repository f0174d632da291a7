"""The answer of a study (decisions.md 9): which candidate, by how much, how sure, and what would change it; as text, page and PDF."""
