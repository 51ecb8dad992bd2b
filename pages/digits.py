"""Digits: a network learns to read pictures, and reads what is drawn for it."""

from playground import page
from playground.digits import layout

page.frame("Digits")
page.show_notices()
layout.draw()
