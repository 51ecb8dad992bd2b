"""Backprop, step by step: every number on the table, checked four ways, and broken on purpose."""

from playground import page
from playground.backprop import layout as desk

page.frame("Backprop")
page.show_notices()
desk.draw()
