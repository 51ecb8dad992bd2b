"""The learning rate: why it diverges, shown live, predicted, and proven."""

from playground import page
from playground.rates import desk
from playground.rates.settings import RateSettings

page.frame("Learning rate", RateSettings)
page.show_notices()
desk.draw()
desk.sidebar()
