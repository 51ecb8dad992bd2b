"""The formulas behind every name that the controls offer, with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from playground.config import (
    ACTIVATION_LABELS,
    INIT_LABELS,
    LOSS_LABELS,
    OPTIMIZER_LABELS,
    SCHEDULE_LABELS,
)


@dataclass(frozen=True)
class Formula:
    """A choice's label, its formula in LaTeX, and where it comes from."""

    name: str
    latex: str
    source: str = ""


def _formulas(
    labels: Mapping[str, str], rows: Mapping[str, tuple[str, str]]
) -> tuple[Formula, ...]:
    return tuple(Formula(labels[name], latex, source) for name, (latex, source) in rows.items())


def _lines(*lines: str) -> str:
    """Formulas one below the other."""
    return r"\begin{gathered} " + r" \\[4pt] ".join(lines) + r" \end{gathered}"


ACTIVATION_FORMULAS: Final = _formulas(
    ACTIVATION_LABELS,
    {
        "tanh": (r"f(z) = \tanh z,\quad f'(z) = 1 - f(z)^2", ""),
        "relu": (r"f(z) = \max(z, 0),\quad f'(z) = [z > 0]", "Nair & Hinton 2010"),
        "leaky_relu": (r"f(z) = \max(z, 0.01\,z)", "Maas et al. 2013"),
        "elu": (
            r"f(z) = z \text{ for } z > 0,\quad e^z - 1 \text{ otherwise}",
            "Clevert et al. 2015",
        ),
        "gelu": (
            r"f(z) = \tfrac{z}{2}\left(1 + \tanh\left("
            r"\sqrt{2/\pi}\,(z + 0.044715 z^3)\right)\right)",
            "Hendrycks & Gimpel 2016",
        ),
        "silu": (r"f(z) = z\,\sigma(z)", "Elfwing et al. 2017"),
        "sigmoid": (
            _lines(
                r"f(z) = \sigma(z) = \frac{1}{1 + e^{-z}}",
                r"f'(z) = f(z)\,(1 - f(z))",
            ),
            "",
        ),
        "softplus": (r"f(z) = \ln(1 + e^z),\quad f'(z) = \sigma(z)", "Dugas et al. 2000"),
        "identity": (r"f(z) = z,\quad f'(z) = 1", ""),
    },
)

LOSS_FORMULAS: Final = _formulas(
    LOSS_LABELS,
    {
        "cross_entropy": (
            _lines(
                r"L = -\frac1B\sum_i \ln p_{i,y_i},\quad p_i = \mathrm{softmax}(z_i)",
                r"\frac{\partial L}{\partial z} = \frac{p - y}{B}",
            ),
            "with y as one-hot rows",
        ),
        "binary_cross_entropy": (
            _lines(
                r"L = \frac1B\sum_i \ln(1 + e^{z_i}) - y_i z_i",
                r"\frac{\partial L}{\partial z} = \frac{\sigma(z) - y}{B}",
            ),
            "one output",
        ),
        "mse": (
            _lines(
                r"L = \frac{1}{BC}\sum_{i,c} (z_{ic} - y_{ic})^2",
                r"\frac{\partial L}{\partial z} = \frac{2(z - y)}{BC}",
            ),
            "C outputs",
        ),
    },
)

INIT_FORMULAS: Final = _formulas(
    INIT_LABELS,
    {
        "glorot": (
            r"W \sim U(-a, a),\quad a = \sqrt{\tfrac{6}{n_{\text{in}} + n_{\text{out}}}}",
            "Glorot & Bengio 2010",
        ),
        "he": (r"W \sim N\left(0, \tfrac{2}{n_{\text{in}}}\right)", "He et al. 2015"),
        "lecun": (r"W \sim N\left(0, \tfrac{1}{n_{\text{in}}}\right)", "LeCun et al. 1998"),
        "orthogonal": (r"W^\top W = I \text{ or } W W^\top = I", "Saxe et al. 2013"),
        "uniform": (r"W \sim U\left(-\tfrac12, \tfrac12\right)", "TensorFlow Playground"),
        "normal": (r"W \sim N(0, 1)", "any width: too large for wide layers"),
        "zeros": (r"W = 0", "all units of a layer stay alike"),
    },
)

OPTIMIZER_FORMULAS: Final = _formulas(
    OPTIMIZER_LABELS,
    {
        "sgd": (
            _lines(
                r"v \leftarrow \mu v + g",
                r"w \leftarrow w - \eta v",
                r"\text{Nesterov: } w \leftarrow w - \eta\,(g + \mu v)",
            ),
            "Polyak 1964; Sutskever et al. 2013",
        ),
        "rmsprop": (
            _lines(
                r"s \leftarrow \rho s + (1 - \rho) g^2",
                r"w \leftarrow w - \eta\,\frac{g}{\sqrt{s} + \epsilon}",
            ),
            "Tieleman & Hinton 2012",
        ),
        "adagrad": (
            _lines(
                r"s \leftarrow s + g^2",
                r"w \leftarrow w - \eta\,\frac{g}{\sqrt{s} + \epsilon}",
            ),
            "Duchi et al. 2011",
        ),
        "adam": (
            _lines(
                r"m \leftarrow \beta_1 m + (1-\beta_1) g",
                r"v \leftarrow \beta_2 v + (1-\beta_2) g^2",
                r"w \leftarrow w - \eta\,\frac{m / (1-\beta_1^t)}"
                r"{\sqrt{v / (1-\beta_2^t)} + \epsilon}",
            ),
            "Kingma & Ba 2015",
        ),
        "adamw": (
            _lines(r"w \leftarrow (1 - \eta\lambda)\,w", r"\text{then a step of Adam}"),
            "Loshchilov & Hutter 2019",
        ),
    },
)

SCHEDULE_FORMULAS: Final = _formulas(
    SCHEDULE_LABELS,
    {
        "constant": (r"\eta_t = \eta", ""),
        "step": (r"\eta_t = \eta\, f^{\lfloor t/T \rfloor}", "T epochs, factor f"),
        "exponential": (r"\eta_t = \eta\, f^{t/T}", "T epochs, factor f"),
        "cosine": (
            r"\eta_t = \tfrac{\eta}{2}\left(1 + \cos(\pi t / T)\right)",
            "Loshchilov & Hutter 2017, without restarts",
        ),
    },
)
