"""The stage: a component that keeps the charts of any moving scene alive."""
