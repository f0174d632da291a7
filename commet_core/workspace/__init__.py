"""Saved work: studies and quotes with revisions that never change, drafts, links, and a list of who did what (sharing.md 2 and 3).

Nothing here reads a clock: who calls says when it is. SQLAlchemy and Alembic are imported with this room and nowhere else.
"""
