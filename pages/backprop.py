"""Backprop, step by step: every number on the table, checked four ways, and broken on purpose."""

from playground import page
from playground.backprop import layout

page.frame("Backprop")
page.show_notices()
layout.draw()
