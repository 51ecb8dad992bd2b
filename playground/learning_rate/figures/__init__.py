"""Figures of the learning-rate page: arrays in, a Plotly figure out."""
