"""The learning rate: why it diverges, shown live, predicted, and proven."""

from playground import page
from playground.rates import desk

page.frame("Learning rate")
page.show_notices()
desk.draw()
desk.sidebar()
