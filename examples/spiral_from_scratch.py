"""A notebook in plain text: three spiral arms, told apart by a network, with nothing hidden.

Run it from the project's folder with ``python -m examples.spiral_from_scratch``, or cell by cell in
an editor that knows ``# %%``. It needs NumPy and takes about a second.
"""

# %% [markdown]
# # A spiral, from scratch
#
# Three arms wind around each other, so that no straight line keeps two of them apart. We look at
# how far a linear model gets, give it one hidden layer, follow one step of backpropagation by hand,
# and then let it train.

# %%
import tempfile
from pathlib import Path

import numpy as np

from engine import (
    Adam,
    Dense,
    EarlyStopping,
    ProgressBar,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    gradient_check,
)

rng = np.random.default_rng(0)
arm = np.arange(600) % 3
radius = rng.uniform(0.05, 1.0, 600)
angle = 4.5 * radius + arm * 2 * np.pi / 3 + rng.normal(scale=0.12, size=600)
points = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
X, y = points[:300], arm[:300]  # to learn from
X_new, y_new = points[300:], arm[300:]  # to be asked about
print(f"{len(X)} points to learn from, {len(X_new)} to be asked about, {len(set(y))} arms")

# %% [markdown]
# ## A line is not enough
#
# One Dense layer is softmax regression: its boundaries are straight. However long it trains, it
# gets about half of the points.

# %%
linear = Sequential([Dense(2, 3)], seed=0)
linear.compile(Adam(learning_rate=0.05), SoftmaxCrossEntropy())
linear.fit(X, y, epochs=100)
linear_accuracy = linear.evaluate(X_new, y_new).accuracy
print(f"softmax regression: {linear_accuracy:.1%} of the new points")

# %% [markdown]
# ## One hidden layer
#
# 64 ReLU units bend the plane along 64 lines before the same softmax looks at it. He's starting
# weights keep the size of the signal through ReLU.

# %%
model = Sequential([Dense(2, 64, init="he"), ReLU(), Dense(64, 3)], seed=0)
print(model.summary())

# %% [markdown]
# ## Backpropagation by hand
#
# With Z₁ = X W₁ + b₁, A = max(0, Z₁) and Z₂ = A W₂ + b₂, the softmax cross-entropy has the gradient
# dZ₂ = (softmax(Z₂) - onehot(y)) / N. From there the chain rule walks back: each layer passes on
# dZ Wᵀ, and its own weights get (input)ᵀ dZ. Four lines of NumPy, and the engine's gradient is the
# same to the last digits.

# %%
W1, b1, W2, b2 = (parameter.data for parameter in model.parameters())
Z1 = X @ W1 + b1
A = np.maximum(0.0, Z1)
Z2 = A @ W2 + b2
softmax = np.exp(Z2) / np.exp(Z2).sum(axis=1, keepdims=True)

dZ2 = (softmax - np.eye(3)[y]) / len(X)
dW2, db2 = A.T @ dZ2, dZ2.sum(axis=0)
dZ1 = (dZ2 @ W2.T) * (Z1 > 0.0)
dW1, db1 = X.T @ dZ1, dZ1.sum(axis=0)

logits = model.forward(X, training=True)
model.backward(SoftmaxCrossEntropy().gradient(logits, y))
by_hand_difference = max(
    float(np.abs(ours - parameter.grad).max())
    for ours, parameter in zip((dW1, db1, dW2, db2), model.parameters(), strict=True)
)
print(f"by hand and by the engine, largest difference: {by_hand_difference:.1e}")

# %% [markdown]
# Two derivations may share a mistake. A difference quotient cannot: nudge each weight up and down,
# and see how the loss moves. (Weights that push some unit over ReLU's kink are left out: there is
# no derivative to compare with.)

# %%
check = gradient_check(model, SoftmaxCrossEntropy(), X, y)
print(f"against (L(w + h) - L(w - h)) / 2h:          {check.absolute:.1e}")

# %% [markdown]
# ## Training
#
# Adam in mini-batches of 32. Early stopping watches the points that are not learnt from, and brings
# back the weights of the best epoch. On a terminal a run that lasts shows a bar.

# %%
model.compile(Adam(learning_rate=0.01), SoftmaxCrossEntropy())
stopping = EarlyStopping(monitor="val_loss", patience=30)
history = model.fit(
    X,
    y,
    epochs=500,
    batch_size=32,
    validation_data=(X_new, y_new),
    callbacks=[stopping, ProgressBar()],
)
accuracy = model.evaluate(X_new, y_new).accuracy
print(f"stopped after {len(history.loss)} epochs; the best was epoch {stopping.best_epoch}")
print(f"one hidden layer: {accuracy:.1%} of the new points")

# %%
BARS = " ▁▂▃▄▅▆▇█"
values = np.array(history.val_loss)
picked = values[np.linspace(0, len(values) - 1, 60).astype(int)]
heights = np.rint(picked / picked.max() * (len(BARS) - 1)).astype(int)
print(f"loss of the new points, {values[0]:.2f} to {values.min():.2f}:")
print("".join(BARS[height] for height in heights))

# %% [markdown]
# ## What it has learnt
#
# The arm that the network sees at each place of the plane.

# %%
side = np.linspace(-1.1, 1.1, 49)
rows = np.linspace(1.1, -1.1, 23)
plane = np.column_stack([np.tile(side, len(rows)), np.repeat(rows, len(side))])
picture = np.array(list("·o#"))[model.predict(plane)].reshape(len(rows), len(side))
print("\n".join("".join(row) for row in picture))

# %% [markdown]
# ## Keeping it
#
# A file without pickle, so opening one runs nobody's code. What comes back answers bit for bit the
# same.

# %%
with tempfile.TemporaryDirectory() as folder:
    model.save(Path(folder) / "spiral.npz")
    again = Sequential.load(Path(folder) / "spiral.npz")
same_after_loading = bool((again.predict_proba(X_new) == model.predict_proba(X_new)).all())
print(f"saved, loaded, and the same answers: {same_after_loading}")
