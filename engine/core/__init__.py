"""A network and what it is made of: read in this order, initializers to network."""
