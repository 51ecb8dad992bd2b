"""Descending: data, penalties, schedules, the judge of divergence, and the trainer they serve."""
