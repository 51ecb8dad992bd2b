"""Backprop, one operation at a time: the steps with their numbers, their graph, checks and bugs."""
