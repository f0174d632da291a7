"""What the Assumptions page is made of."""
