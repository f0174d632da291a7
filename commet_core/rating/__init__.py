"""What usage comes to: the rule of each consumption model, the charges that follow, and the invoices."""
