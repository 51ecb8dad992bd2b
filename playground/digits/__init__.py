"""The digits page: a network that learns to read digits, and one to draw on."""
