"""What the Answer page is made of."""
