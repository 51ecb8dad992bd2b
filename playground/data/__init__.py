"""Data sets and what is made of their coordinates."""
