"""What the Guide says of the gradient-flow page: its charts, how to drive it, what to try."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "What it shows": """
- **The maps on top**, one for each network: a row is a hidden layer, an epoch is a column, and a
  strong colour is a large value. The scale is logarithmic and the same for all networks. The
  choice above the maps says what they show: the gradient ∂L/∂W (root mean square), the
  activations (standard deviation), or the last step's change of the weights as a share of the
  weights.
- **The histograms**: how the values of each layer are spread now. *Distribution* chooses which:
  activations, pre-activations, gradients or weights.
- **By depth**: the variance of the activations on the way forward, and the mean square of ∂L/∂z
  on the way back, both before training. Dots are measured, dashed lines are what theory predicts.
- **Units**: the share of each layer that is *dead* (its slope is zero on every sample, so nothing
  teaches it) or *saturated* (its slope is below 5 % of the largest). *Alike* is the mean cosine
  of two units' weights: at 1 all units of the layer are copies of each other.
- **Training loss** and **The networks**: who learns, who diverged, and a button that opens a
  network in the Playground.
""",
    "How to drive it": """
`Space` plays and pauses, `→` steps one epoch, `R` resets. All networks have the same data, seed
and batches; they differ in what you choose under *The networks*: activation, initial weights and
their scale, learning rate, clipping. Depth and width are the same for all. The presets in the row
*For the lecture* are best taken in order; the words under them say what to look for, and the line
under the buttons says what was measured.
""",
    "What to try": """
- *Zero weights*: look at *Units*. In the first two networks all units of a layer are alike before
  training. Play: they stay so.
- *He on ReLU*: compare the dots of *Activations by depth* with the dashed lines. Then halve the
  scale of the first network.
- *A dying ReLU*, then *Leaky ReLU survives*: the same large rate, once with dead units and once
  without.
""",
}
