"""The Playground's view: one network that learns, with its boundary, loss and gradients."""
