"""What is sold: features, plans, credit packs and plan groups, and what AI models cost."""
