"""Lessons: settings to open, a question to predict first, and a check that it shows."""
