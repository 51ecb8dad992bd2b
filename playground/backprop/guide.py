"""What the Guide says of the backprop page: what it shows, how to drive it, what to try."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "What it shows": """
- **The step**: one operation, as a formula in symbols, then with this network's numbers. Below
  are the arrays it reads (blue) and the one it writes (orange), each with the names and lengths
  of its axes. Beside it stands the engine's own code for this operation.
- **The computational graph**: each box is one array with its value and, once the walk has come
  back to it, its gradient; orange is negative, blue positive, and a strong colour a large number.
  Press a box for its formula, its local derivatives and the gradients that arrive at it.
- **Check it yourself**: the gradient of every parameter by these steps, by autograd, by central
  differences and, where it is installed, by PyTorch, each compared with the engine's hand-written
  layers. The V beside it shows how the error of a difference quotient depends on its step h.
- **Break it**: the bug that is switched on, what it does, and how the gradient check finds it.
""",
    "How to drive it": """
`→` and `←` walk, and so do **Next**, **Back** and the slider. The controls on top choose the
network, its batch, the learning rate of the update, and a bug. With a bug on, every step says so,
and where its numbers differ from the right ones, those stand beside them.
""",
    "What to try": """
- Take one hidden layer of two units and two samples, and compute dW1 on paper before you walk
  there.
- *Sum in place of mean*, with 1 sample and then with 8: with one the bug is invisible, with eight
  every gradient is 8 times too large.
- *W not transposed*: NumPy stops it. Under **Break it**, take the network in which NumPy does not
  object, and see which gradients are wrong.
- Move the slider of h: where is the quotient best, in float64 and in float32?
""",
}
