"""The live view: one browser component that keeps charts alive and plays frames into them."""
