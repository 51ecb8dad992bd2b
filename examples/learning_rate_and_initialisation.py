"""A notebook in plain text: why a learning rate diverges, and what starting weights decide.

Run it from the project's folder with ``python -m examples.learning_rate_and_initialisation``, or
cell by cell in an editor that knows ``# %%``. It needs NumPy and takes a few seconds.
"""

# %% [markdown]
# # Learning rate and initialisation
#
# Two numbers that are chosen before a network has seen anything, and that decide whether it learns.
#
# ## Why a learning rate diverges
#
# Least squares is a bowl. Along the direction in which it curves most, with curvature λ, one step
# of gradient descent multiplies the distance to the bottom by 1 - rate·λ. Beyond rate = 2/λ that
# factor is below -1: each step overshoots by more than the one before. So there is a sharp edge,
# and here it can be computed: λ is the largest eigenvalue of the Hessian 2 [X 1]ᵀ[X 1] / N.

# %%
import numpy as np

from engine import (
    SGD,
    Adam,
    Dense,
    MeanSquaredError,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(100, 3)) * [1.0, 2.0, 0.5]
y = X @ [1.0, -2.0, 3.0] + 0.5 + rng.normal(scale=0.1, size=100)
table = np.column_stack([X, np.ones(100)])
sharpness = float(np.linalg.eigvalsh(2.0 * table.T @ table / len(X))[-1])
critical = 2.0 / sharpness
print(f"λ = {sharpness:.3f}, so the critical learning rate is 2/λ = {critical:.4f}")

# %% [markdown]
# Sixteen rates around the edge, trained at once: a network with replicas holds sixteen sets of
# weights, and every array operation of a step serves them all. All start from the same weights.

# %%
shares = np.concatenate([np.geomspace(0.01, 0.9, 10), [0.99, 1.01, 1.1, 1.5, 3.0, 10.0]])
line = Sequential([Dense(3, 1)], seed=0, replicas=len(shares))
trainer = Trainer(
    line, MeanSquaredError(), SGD(learning_rate=critical * shares), X, y, batch_size=len(X)
)
trainer.run_epochs(2000)
diverged_rates = [divergence is not None for divergence in trainer.replica_divergences]
print("rate / critical   loss after 2,000 epochs")
for share, loss, divergence in zip(
    shares, trainer.train_loss, trainer.replica_divergences, strict=True
):
    verdict = f"{loss:.4g}"
    if divergence is not None:
        verdict = f"diverged in epoch {divergence.epoch + 1}: {divergence.reason}"
    print(f"{share:15.3f}   {verdict}")

# %% [markdown]
# The edge lies where the eigenvalue says, within one part in a hundred. Far below it nothing goes
# wrong either, but little happens: the flattest direction has its own factor 1 - rate·λ_min.
#
# A network is no bowl, and the cross-entropy of a classification can swing without ever becoming
# infinite. But the picture is the same: too slow, right, too fast.

# %%
arm = np.arange(300) % 3
radius = np.linspace(0.05, 1.0, 300)
angle = 4.5 * radius + arm * 2 * np.pi / 3 + rng.normal(scale=0.12, size=300)
spiral = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])

rates = np.geomspace(1e-4, 100.0, 13)
net = Sequential([Dense(2, 16), Tanh(), Dense(16, 16), Tanh(), Dense(16, 3)], replicas=13)
net.compile(SGD(learning_rate=rates, momentum=0.9), SoftmaxCrossEntropy())
history = net.fit(spiral, arm, epochs=100, batch_size=30)
spiral_accuracy = np.array(history.accuracy[-1])
print("learning rate   accuracy on the spiral after 100 epochs")
for rate, share in zip(rates, spiral_accuracy, strict=True):
    print(f"{rate:13.4g}   {share:6.1%} {'█' * round(30 * share)}")

# %% [markdown]
# ## What starting weights decide
#
# A signal passes twenty layers of tanh units. Each layer multiplies its variance by about
# fan_in · Var(W), and what is too small dies out while what is too large drives every unit into
# saturation. Glorot's variance 2 / (fan_in + fan_out) holds both the signal on its way forward and
# the gradient on its way back.

# %%
DEPTH, WIDTH = 20, 64
inputs = rng.normal(size=(256, WIDTH))
targets = rng.integers(0, 2, 256)
STARTS = {"uniform, tenth": ("uniform", 0.1), "glorot": ("glorot", 1.0), "normal": ("normal", 1.0)}


def deep(init: str, scale: float) -> Sequential:
    """Twenty tanh layers of 64 units and a decision between two classes."""
    hidden = [
        layer
        for _ in range(DEPTH)
        for layer in (Dense(WIDTH, WIDTH, init=init, scale=scale), Tanh())
    ]
    return Sequential([*hidden, Dense(WIDTH, 2)], seed=1)


signal: dict[str, list[float]] = {}
gradient: dict[str, list[float]] = {}
for name, (init, scale) in STARTS.items():
    model = deep(init, scale)
    outputs = model.activations(inputs)[1::2]  # after each tanh
    signal[name] = [float(output.std()) for output in outputs]
    gradient[name] = (
        Trainer(model, SoftmaxCrossEntropy(), SGD(), inputs, targets, batch_size=256)
        .layer_gradient_rms()
        .tolist()
    )

print("layer  " + "".join(f"{name:>24}" for name in STARTS))
print("       " + "".join(f"{'signal':>14}{'dL/dW':>10}" for _ in STARTS))
for layer in (0, 4, 9, 14, 19):
    cells = (f"{signal[name][layer]:14.1e}{gradient[name][layer]:10.1e}" for name in STARTS)
    print(f"{layer + 1:5}  " + "".join(cells))

# %% [markdown]
# With the small weights the signal is gone, and with it the gradient, in every layer: there is
# nothing to follow. With variance 1 nearly every unit sits at ±1, where tanh is flat; and yet the
# gradient doubles with each layer on its way back, so that one learning rate cannot suit the first
# layer and the last.
#
# ## Zero is special
#
# If all weights are zero, all units of a layer compute the same and get the same gradient. Nothing
# tells them apart, however long they train: the layer is one unit, copied.


# %%
def trained(init: str) -> Sequential:
    """2-8-8-3 on the spiral; zero weights get a small bias, or the last bias alone would learn."""
    bias = 0.1 if init == "zeros" else 0.0
    model = Sequential(
        [
            Dense(2, 8, init=init, bias=bias),
            Tanh(),
            Dense(8, 8, init=init, bias=bias),
            Tanh(),
            Dense(8, 3, init=init),
        ]
    )
    model.compile(Adam(learning_rate=0.02), SoftmaxCrossEntropy())
    model.fit(spiral, arm, epochs=150, batch_size=30)
    return model


distinct_units: dict[str, int] = {}
for name in ("zeros", "glorot"):
    model = trained(name)
    first = np.round(model.dense_layers[0].weight, 9)  # one column a unit
    distinct_units[name] = len(np.unique(first, axis=1).T)
    score = model.evaluate(spiral, arm).accuracy
    print(f"{name:>7}: {distinct_units[name]} different units of 8, {score:.1%} right")
