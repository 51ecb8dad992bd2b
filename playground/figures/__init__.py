"""Pure functions from what is known about a run to Plotly figures and the arrays of one frame."""

from importlib import import_module

# Plotly asks whether pandas is loaded and trips over one that another viewer's thread is loading
# just now. Whoever imports a figure waits here until it is there.
import_module("pandas")
