"""What is compared: candidates, window and assumptions; what customers did; presets; plans while they are edited."""
