"""The parts of the Move page."""
