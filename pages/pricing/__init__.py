"""The parts of the Price page."""
