"""What is said of an action that cannot happen where it stands."""

from __future__ import annotations


class Impossible(Exception):
    """An action that cannot happen where it stands: the column that is wrong ('' for the action itself), and what would be right."""

    def __init__(self, column: str, what: str, fix: str) -> None:
        super().__init__(what)
        self.column, self.what, self.fix = column, what, fix
