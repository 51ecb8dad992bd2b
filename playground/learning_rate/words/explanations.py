"""What each view of the learning-rate page shows: what to look for, the formulas, their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Explanation:
    """`look` says what to look for; `formulas` are LaTeX with a line on each; `source` cites."""

    look: str
    formulas: tuple[tuple[str, str], ...]
    source: str


EXPLANATIONS: Final[Mapping[str, Explanation]] = {
    "parabola": Explanation(
        "The simplest loss there is. Press Play and watch the ball: below 1/λ it rolls down one "
        "side, between 1/λ and 2/λ it jumps across and still comes closer, above 2/λ every jump "
        "lands higher than the last. Drag the learning rate, and the whole path changes under your "
        "hand. In two directions the steep one sets the limit and the flat one the pace.",
        (
            (r"f(x) = \tfrac{\lambda}{2} x^2", "the loss, with curvature λ"),
            (r"x_{t+1} = x_t - \eta\, f'(x_t) = (1 - \eta\lambda)\, x_t", "one step"),
            (
                r"|1 - \eta\lambda| < 1 \iff \eta < \frac{2}{\lambda}",
                "so it converges below 2/λ, and alternates in sign above 1/λ",
            ),
            (
                r"\eta < \frac{2(1+\beta)}{\lambda}",
                "with momentum β: both roots of r² − (1 + β − ηλ) r + β lie inside the unit circle",
            ),
        ),
        "B. T. Polyak, Some methods of speeding up the convergence of iteration methods, 1964. "
        "G. Goh, Why Momentum Really Works, Distill 2017.",
    ),
    "race": Explanation(
        "All networks start from the same weights and see the same batches in the same order; one "
        "thing differs. Watch the slow ones crawl, the best one win and the fast ones climb: on "
        "this logarithmic axis a straight line up is exponential divergence. A cross marks where "
        "a run left the finite numbers; its last finite picture stays.",
        (
            (
                r"w_{t+1} = w_t - \eta\, \nabla L(w_t)",
                "the same step for all, with a rate η of its own",
            ),
        ),
        "The networks train as one: a stack of weight matrices (K, fan in, fan out) and one rate "
        "for each. Every one of them equals the single run at its rate, to the last bit.",
    ),
    "range": Explanation(
        "One run whose learning rate grows at every step. Too small a rate changes nothing; then "
        "the loss falls, fastest at the steepest point; then the steps overshoot and it blows up. "
        "A good rate lies on the way down, well before the minimum.",
        (
            (
                r"\eta_i = \eta_{\min} \left(\frac{\eta_{\max}}{\eta_{\min}}\right)^{i/(n-1)}",
                "the rates, at even steps on a logarithmic scale",
            ),
        ),
        "L. N. Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3.",
    ),
    "edge": Explanation(
        "The sharpness is the curvature of the loss in its most curved direction; 2/η is the "
        "steepest curvature that steps of this size can stand. On a linear model with squared "
        "error the sharpness is constant: divergence begins exactly where it lies above the line. "
        "On a network it often rises to the line by itself, and then hovers: training runs at the "
        "edge of stability.",
        (
            (
                r"\lambda_{\max} = \max_{\|v\|=1} v^\top H v, \qquad H = \nabla^2 L(w)",
                "the sharpness: the largest eigenvalue of the full-batch Hessian",
            ),
            (
                r"\eta_{\text{crit}} = \frac{2}{\lambda_{\max}}, \qquad \allowbreak "
                r"\frac{2(1+\beta)}{\lambda_{\max}} \text{ with momentum } \beta",
                "the critical learning rate of steps that take all points; in mini-batches, above "
                "all with momentum, it may be many times lower",
            ),
            (
                r"Hv = \left.\tfrac{d}{dr} \nabla L(w + r v)\right|_{r=0}",
                "computed exactly, by differentiating backprop once more",
            ),
        ),
        "J. Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of "
        "Stability, 2021. B. A. Pearlmutter, Fast Exact Multiplication by the Hessian, 1994.",
    ),
    "landscape": Explanation(
        "A network has hundreds of weights; this is the loss over a plane through two directions "
        "in that space, with the path that training really took. Along the path's own directions "
        "one sees where it went, along the Hessian's what it had to fear: the walls it bounced "
        "between.",
        (
            (
                r"f(a, b) = L(w^* + a\, u + b\, v)",
                "the slice through the final weights w* along u and v: unit vectors, but random "
                "ones are as long as the weights, unit by unit",
            ),
        ),
        "H. Li et al., Visualizing the Loss Landscape of Neural Nets, 2018. I. J. Goodfellow, "
        "O. Vinyals, A. M. Saxe, Qualitatively characterizing neural network optimization "
        "problems, 2015.",
    ),
    "map": Explanation(
        "Each cell is a whole run; its colour is the loss it ended with, and a cross says that it "
        "diverged. The coast of crosses is where the learning rate becomes too high, and it moves "
        "with whatever you put on the other axis. Press a cell to read how its run ended; from "
        "there it opens in the Playground.",
        (
            (
                r"L_{\text{final}}(\eta, \theta)",
                "the training loss after all epochs, over the learning rate η and the setting θ",
            ),
        ),
        "Each row trains as one stack of networks; rows are spread over the machine's cores.",
    ),
}
