"""The learning rate: why it diverges, shown live, predicted, and proven."""

from playground import page
from playground.learning_rate import layout as desk

page.frame("Learning rate")
page.show_notices()
desk.draw()
desk.sidebar()
