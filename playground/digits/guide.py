"""What the Guide says of the digits page: what it shows, how to drive it, what to try."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "What it shows": """
- **Draw a digit**: what you draw is centred and scaled as the training pictures were, and becomes
  the network's input, shown pixel by pixel. The bars are its ten probabilities. They are computed
  in your browser, from weights that arrive about once a second, so they move with your hand, and
  with the training.
- **First-layer weights**: one picture for each hidden unit. Ink on blue raises its sum, ink on
  orange lowers it. Each picture has a scale of its own.
- **Loss** and **Accuracy** of training pictures (solid) and test pictures (dotted), and the
  **gradient size** of each layer, one row a layer, one column an epoch. Of larger sets these are
  measured on 1,000 pictures, drawn once; *The run* says so.
- **A test picture through the layers**: its pixels, what each hidden unit answers, and the ten
  probabilities. The green frame is the digit that it is.
- **Confusion matrix** and **Most confident mistakes**: "3, not 8 (99 %)" is a 3 that is read as an
  8, with a probability of 99 %. Press a mistake to send it through the layers. At rest all test
  pictures are read, in motion 1,000 of them at most.
""",
    "How to drive it": """
`Space` plays and pauses, `→` steps one batch, `R` resets. On the pad the arrows move a pen, `Space`
lowers and lifts it, and `Delete` clears. The sidebar chooses pictures, network and training:
optimizer, learning rate, batch and epochs change a run while it goes on, the others start it anew.

The 1,797 digits come with scikit-learn (8 × 8 pixels, or enlarged to 28 × 28). **Full MNIST** is
fetched from openml.org when you press the button, and kept on disk. **My own file** takes
`mnist.npz` or MNIST's four IDX files, up to 50 MB each; it is read by this server, for you alone,
and not kept.
""",
    "What to try": """
- Draw a 7 before you press Play, and leave it there: the bars find their way as the network learns.
- *784-10-10 as taught*: which units stay noise? They have died. Take *Leaky ReLU* and look again.
- *Rate too high*, then *The same without ReLU*: the one falls silent, the other explodes.
- Draw a 1 lying down, or a digit in a corner: what does centring and scaling help against, and what
  not?
""",
}
