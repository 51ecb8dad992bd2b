"""How signals and gradients travel through deep networks, and what the starting weights decide."""
