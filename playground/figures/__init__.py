"""Pure functions from what is known about a run to Plotly figures and the arrays of one frame."""
