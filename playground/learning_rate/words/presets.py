"""The presets of the learning-rate page: a title, and what to see."""

from __future__ import annotations

from typing import Final

PRESETS: Final = {
    "oscillate": (
        "Oscillation",
        "At 1.5/λ every step lands on the other side of the minimum, at half the distance: it "
        "swings to and fro and still converges.",
    ),
    "below": (
        "Just below critical",
        "At 1.9/λ each step overshoots to nine tenths of the distance: it converges, slowly.",
    ),
    "above": (
        "Just above critical",
        "At 2.1/λ each step lands a tenth farther out than the last: it diverges.",
    ),
    "swing": (
        "Momentum moves the limit",
        "At 3/λ plain descent would double the distance with every step. Momentum 0.8 moves the "
        "limit to 3.6/λ, and the swing dies down.",
    ),
    "linear-below": (
        "Linear model, just below",
        "The critical rate of this linear model is 0.0788. At 0.077 its sharpness lies just below "
        "the dashed line, and the loss falls with every step.",
    ),
    "linear-above": (
        "Linear model, just above",
        "The same model at 0.081, which is 3 % above its critical rate: the sharpness lies just "
        "above the dashed line, and the loss grows on and on.",
    ),
    "bowl": (
        "From wall to wall",
        "The loss of a linear model is a bowl. Just below the critical rate the path leaps from "
        "one wall to the other along the steepest direction, a little lower each time.",
    ),
    "rescue": (
        "Momentum rescues",
        "The rate is 1.5 times the critical one of plain descent, and momentum β raises that "
        "1 + β times. So the runs with less than 0.5 diverge, and those with more converge.",
    ),
    "destroy": (
        "Momentum destroys",
        "Full batches would bear momentum 0.9 at nearly three times this rate. In batches of 10 "
        "the runs with 0 and 0.5 converge, and those with 0.9 and 0.99 diverge.",
    ),
    "sixteen": (
        "Sixteen rates, one spiral",
        "Sixteen networks, alike but for their learning rate. The slowest have hardly moved after "
        "1,000 epochs, the best lies in the middle, and the fastest of all is soon lost.",
    ),
    "batch": (
        "Batch 1 against full batch",
        "In each epoch batch size 1 takes 250 steps and goes up and down; the full batch takes one "
        "and falls smoothly. After 100 epochs the full batch has the highest loss of the three.",
    ),
    "adam": (
        "Adam where SGD dies",
        "At this rate SGD is lost after three epochs. Adam and Adagrad divide each step by the "
        "size of past gradients: their loss leaps up as well, but comes down and they learn.",
    ),
    "cold": (
        "Without warm-up",
        "This network starts with a sharpness ten times above the dashed line: it is lost after "
        "three epochs. The next preset changes nothing but the warm-up.",
    ),
    "warm": (
        "Warm-up saves the run",
        "The rate climbs over 200 epochs, so the dashed line comes down slowly. The short first "
        "steps lead to ground that is 20 times flatter, and later the full rate holds.",
    ),
    "edge": (
        "Edge of stability",
        "The sharpness starts at less than half of the dashed line, rises to it by itself within "
        "300 epochs, and then hovers there. The loss goes up and down and still falls.",
    ),
    "cliff": (
        "A cliff met late",
        "For 400 epochs the loss falls smoothly and the sharpness lies far below the dashed line. "
        "Then it climbs, crosses the line near epoch 520, and within 30 epochs the run is lost.",
    ),
    "decay": (
        "Rate × decay above 2",
        "Weight decay 10 multiplies each weight by 1 − 10η in every step. Below a rate of 0.2 that "
        "shrinks them all, and the network only guesses; above 0.2 they grow and it diverges.",
    ),
    "range": (
        "Range test",
        "The loss falls fastest near 0.6, is least near 0.8, and has blown up at 3.4. The "
        "suggested rate, 0.21, keeps its distance from both.",
    ),
    "path": (
        "A path in a plane",
        "This network has 162 weights, yet the two directions shown hold almost all of its path. "
        "By half the way the loss has fallen by nine tenths; the rest is the valley's floor.",
    ),
    "map": (
        "Rate against initial scale",
        "Networks that start with smaller weights bear higher rates: up to a scale of 0.4 even a "
        "rate of 0.7 holds, from 1.8 upwards every rate of 0.2 or more diverges.",
    ),
}
