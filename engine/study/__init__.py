"""Looking at a network or a run: a second derivation of gradients, curvature, divergence."""
