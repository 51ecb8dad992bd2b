"""What the Guide says of the page Compare: what it shows, how to drive it, what to try."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "What it shows": """
- **The pictures**: what each model answers over the plane, after it has learned from the training
  points (discs) of the first split. Rings are test points; a cross is a test point that is answered
  wrongly. A strong shade is a sure answer. All pictures have the same axes.
- **The table**: accuracy (of regression R²), log loss and ROC AUC on the test points as mean ±
  standard deviation over the splits, and what the model costs: processor time of a fit and of 1,000
  predictions, the memory peak of a fit, the size of the model.
- **Our network against it**: its mean score minus the model's on the same splits, with the p-value
  of the corrected resampled t-test. *Loses* and *wins* stand only where that is below 0.05.
- **The learning curve** of two models: the score by the number of points they learned from. **The
  calibration plot**: how often an answer is right, by how sure the model was of it. On the dotted
  diagonal a model keeps its word; below it is too sure of itself. ECE is the mean distance from it.
- **The footprint**: what the frameworks take on disk and in memory, and what the project that
  inspired this one claimed, beside what was measured here.
""",
    "How to drive it": """
The sidebar chooses the data and our network, as on the Playground; a click on a model's name opens
its settings, which begin with scikit-learn's own. **Fit the models** starts, **Stop** ends in the
middle of a fit and keeps what is known. The work is done behind everybody who plays, one fit at a
time for all viewers; whoever opens the same link sees what has been computed already. The page's
address holds every setting. **Table as CSV** has every digit and the score of every split.
""",
    "What to try": """
- The spiral with three arms: a linear model is at chance, and k nearest neighbours, which learn
  nothing at all, are hard to beat.
- Give scikit-learn's MLP more epochs or a larger rate: how near does it come to our network?
- 50 % noise: who is still sure of itself? Look at the log loss and the calibration plot.
- *Sine surface* with a Gaussian process, once with 60 points and once with 600.
- Two splits, then fifty: the difference stays what it was, the p-value does not.
""",
}
