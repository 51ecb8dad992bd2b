"""The learning rate: why it diverges, shown live, predicted, and proven."""

from playground import page
from playground.learning_rate import layout

page.frame("Learning rate")
page.show_notices()
layout.draw()
layout.sidebar()
